# DEBUG, where it is not allowed: by default.

== refused
> DEBUG SLEEP 0
-ERR DEBUG command not allowed. If the enable-debug-command option is set to "local", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.
> DEBUG HELP
-/ERR DEBUG command not allowed.*/
> DEBUG NOSUCH
-/ERR DEBUG command not allowed.*/
> DEBUG
-ERR wrong number of arguments for 'debug' command
> CONFIG GET enable-debug-command
["enable-debug-command" "no"]
commandstats debug.rejected_calls +4
commandstats debug.calls +0
