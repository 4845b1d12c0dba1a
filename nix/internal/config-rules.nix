# What values of the right type have to be, too: rule -> value, or each one of a list, or each name of a set -> null, or
# what is wrong. In nixdock_hook/oci/config.json a rule is the `each` of a key where docker or podman refuses to make a
# container otherwise, and its `doubt` where both take the value and do not do what it was written for.
{ lib, shown }:
let
  inherit (builtins)
    concatStringsSep
    elem
    head
    isList
    match
    replaceStrings
    substring
    ;
  inherit (lib) splitString toLower toUpper;

  signals = splitString " " (
    "ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS TERM TRAP "
    + "TSTP TTIN TTOU UNUSED URG USR1 USR2 VTALRM WINCH XCPU XFSZ"
  );
  signal = "[1-9]|[1-5][0-9]|6[0-4]|(SIG)?(RTMIN([+][0-9]+)?|RTMAX(-[0-9]+)?|${concatStringsSep "|" signals})";
  port = "[0-9]+(-[0-9]+)?(/(tcp|udp|sctp))?";

  unless = isRight: problem: if isRight then null else problem;
  begins = prefix: value: substring 0 1 "${value}" == prefix;
in
{
  variable = entry: unless (!begins "=" entry && "${entry}" != "") "has ${shown entry}, which names no variable";

  # Without a regular expression: a value may be long, and Nix would overflow its stack.
  assignment =
    entry:
    unless (replaceStrings [ "=" ] [ "" ] "${entry}" != "${entry}") "has ${shown entry}, which is no NAME=value";

  absolute = path: unless (begins "/" path || "${path}" == "") "has ${shown path}, which does not begin with /";

  port = name: unless (match port (toLower name) != null) "has ${shown name}, which is no PORT, PORT/tcp or PORT/udp";

  signal = name: unless ("${name}" == "" || match signal (toUpper "${name}") != null) "is ${shown name}, which is no signal";

  nanoseconds =
    time:
    unless (
      time == 0 || time >= 1000000
    ) "is ${toString time} ns, and runtimes take 1000000 ns or more (a second has 1000000000)";

  count = number: unless (number >= 0) "is negative";

  test =
    word:
    unless (elem "${word}" [
      "NONE"
      "CMD"
      "CMD-SHELL"
    ]) "begins with ${shown word}, and not with CMD, CMD-SHELL or NONE";
}
