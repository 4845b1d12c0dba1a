# What a pulled image's file is called, without its extension; dockerTools' name for it.
name: tag: builtins.replaceStrings [ "/" ":" ] [ "-" "-" ] "docker-image-${name}-${tag}"
