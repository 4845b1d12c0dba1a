# How a function speaks to its user: function -> { fail, warn }. Every error and warning of an evaluation begins with the
# name of the program and that of the function which the user called.
function: {
  fail = what: throw "nixdock: ${function}: ${what}";
  warn = what: builtins.trace "nixdock: ${function}: ${what}";
}
