# INFO.

== INFO, the default sections
> INFO
$/(?=.*# Server\r\n)(?=.*# Clients\r\n)(?=.*# Memory\r\n)(?=.*# Stats\r\n)(?=.*# CPU\r\n)(?=.*# Keyspace\r\n).*/
> info default
$/# Server\r\n.*/

== INFO server
> INFO server
$/# Server\r\n(?=.*redis_version:\d+\.\d+\.\d+\r\n)(?=.*redis_mode:standalone\r\n)(?=.*os:Linux)(?=.*process_id:\d+\r\n)(?=.*run_id:[0-9a-f]{40}\r\n)(?=.*tcp_port:\d+\r\n)(?=.*uptime_in_seconds:\d+\r\n)(?=.*uptime_in_days:\d+\r\n).*/
kv| > INFO server
kv| $/.*kv_version:.*/
> INFO SERVER
$/# Server\r\n.*/

== INFO clients
> INFO clients
$/# Clients\r\n(?=.*connected_clients:[1-9]\d*\r\n)(?=.*maxclients:\d+\r\n)(?=.*blocked_clients:0\r\n).*/

== INFO memory
> SET k v
+OK
> INFO memory
$/# Memory\r\n(?=.*used_memory:[1-9]\d*\r\n)(?=.*used_memory_human:[\d.]+[BKMG]\r\n)(?=.*maxmemory:\d+\r\n)(?=.*maxmemory_policy:noeviction\r\n).*/

== INFO stats
> INFO stats
$/# Stats\r\n(?=.*total_connections_received:[1-9]\d*\r\n)(?=.*total_commands_processed:[1-9]\d*\r\n)(?=.*instantaneous_ops_per_sec:\d+\r\n)(?=.*total_net_input_bytes:[1-9]\d*\r\n)(?=.*total_net_output_bytes:[1-9]\d*\r\n)(?=.*instantaneous_input_kbps:[\d.]+\r\n)(?=.*instantaneous_output_kbps:[\d.]+\r\n)(?=.*rejected_connections:0\r\n)(?=.*expired_keys:\d+\r\n)(?=.*evicted_keys:0\r\n)(?=.*keyspace_hits:\d+\r\n)(?=.*keyspace_misses:\d+\r\n).*/

== INFO persistence and replication
> INFO replication
$/# Replication\r\n.*role:master\r\n.*/
> INFO persistence
$/# Persistence\r\n.*loading:0\r\n.*/

== INFO commandstats and errorstats
> SET k v
+OK
> GET
-ERR wrong number of arguments for 'get' command
> GET k
"v"
> RPUSH k x
-WRONGTYPE Operation against a key holding the wrong kind of value
> INFO commandstats
$/# Commandstats\r\n(?=.*cmdstat_set:calls=\d+,usec=\d+,usec_per_call=\d+\.\d\d,rejected_calls=\d+,failed_calls=\d+\r\n)(?=.*cmdstat_get:calls=\d+,usec=\d+,usec_per_call=\d+\.\d\d,rejected_calls=[1-9]\d*,failed_calls=\d+\r\n).*/
> INFO errorstats
$/# Errorstats\r\n(?=.*errorstat_ERR:count=\d+\r\n)(?=.*errorstat_WRONGTYPE:count=\d+\r\n).*/

== INFO cpu
> INFO cpu
$/# CPU\r\n(?=.*used_cpu_sys:\d+\.\d+\r\n)(?=.*used_cpu_user:\d+\.\d+\r\n).*/

== INFO of several sections
> INFO server keyspace
$/# Server\r\n.*\r\n\r\n# Keyspace\r\n.*/
> INFO keyspace keyspace
"# Keyspace\r\n"
> INFO nosuch
""
> INFO nosuch keyspace
"# Keyspace\r\n"
> INFO all
$/# Server\r\n.*# Commandstats\r\n.*/
> INFO everything
$/# Server\r\n.*# Commandstats\r\n.*/

== INFO in RESP3 [resp3]
> INFO server
=txt/# Server\r\n.*redis_version:.*/
> INFO keyspace
=txt"# Keyspace\r\n"

== INFO pools [kv]
> INFO pools
$/# Pools\r\n.*pool_reply_chunks:used=\d+,max=[1-9]\d*,high_water=\d+,exhausted=\d+\r\n.*/

== the counters of the network
> PING
+PONG
mark
> PING
+PONG
> PING
+PONG
stat total_commands_processed >=+2
stat total_net_input_bytes >=+28
stat total_net_output_bytes >=+14
B> PING
+PONG
stat total_connections_received +1
commandstats ping.calls +3
