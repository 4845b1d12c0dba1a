# What reads images needs beside Python: a layer, or an archive, may be compressed with zstd.
{ buildPkgs }: [ buildPkgs.zstd ]
