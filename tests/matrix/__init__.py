"""Every way out of nixdock with every version of a runtime that Debian has; see `run` beside this."""
