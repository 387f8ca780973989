"""What the differential test sends: data only. A new command is covered by one line in COMMANDS.

KINDS: what an argument may be. A kind is a list of choices (weight, source, parameters...):

    ("words", b"..", ...)    one of these
    ("int", low, high)       a decimal number
    ("bytes", low, high)     that many random bytes; ("text", low, high): letters that compress well
    ("near", sizes, spread)  random bytes, a length within `spread` of one of the sizes
    ("letters", low, high)   random small letters; four different ones, so that some repeat
    ("near-int", numbers, spread)  a number within `spread` of one of the numbers
    ("real", digits)         a decimal fraction; digits: the most after the point
    ("kind", name)           one of another kind
    ("template", text)       text in which {name} stands for one of that kind
    ("payload",)             what redis-server's DUMP gave for a value, see payloads.py;
                             ("wrong-payload",): the same, damaged

The values of a kind are drawn once for each seed, and commands choose among them (so that elements,
keys and fields meet again), unless the kind is in FRESH. FLAVOURS says which kinds differ in which
streams.

COMMANDS: one line for each form of a command, "weight  SYNTAX  {marks}".

    WORD  a keyword, mostly in upper case    name  an argument of that kind
    'x'   this very word                     (a | b)  one of them
    [a]   half of the time; [a | b]: one of them, half of the time
    (..)* any number of times, each time one of the alternatives; (..)+ at least once; (..)** up to
    hundreds of times

    {errors}   answers with errors only, by design: success is not asked for
    {alone}    not inside MULTI
    {wide}     seldom inside MULTI: kv refuses a transaction when its replies might not fit, and
               what these make or answer can be large
    {deadline} makes deadlines that have passed: DBSIZE may count such keys or not
    {blocking} waits: only where several connections are
    {exact}    never changed at random: what could come of it would wait, pause or kill

    The arguments of {deadline} lines never change places: a value would become a short lifetime.

A weight is a share within its group; GROUPS gives the groups' shares in each flavour of stream.
"""

HUGE = (b"9223372036854775807", b"-9223372036854775808", b"9223372036854775808",
        b"-9223372036854775809", b"4611686018427387904", b"-4611686018427387904",
        b"18446744073709551615", b"18446744073709551616", b"99999999999999999999999",
        b"-99999999999999999999999")
ODD = (b"abc", b"", b"1.5", b" 1", b"1 ", b"+1", b"01", b"-0", b"0x10", b"1e3", b"\x00", b"1\x00",
       b"-", b"--1", b"1-", b"\xff")
# The borders of the widths in which integers are stored, in Redis's encodings and in kv's.
WIDTHS = tuple(b"%d" % (sign * (1 << bits) + step) for bits in (4, 6, 7, 8, 12, 13, 15, 16, 23, 24,
                                                              31, 32, 47, 48, 62)
               for sign in (1, -1) for step in (-1, 0, 1))

KINDS = {
    # -- keys; every name once in this block, so that a key's class says what it mostly holds --
    "stringname": [(1, "words", b"s1", b"s2", b"s3", b"", b"s\x00\xff\r\n", b"str:4")],
    "listname": [(1, "words", b"l1", b"l2", b"l3", b"l\n\xfe", b"l" * 200)],
    "numbersname": [(1, "words", b"n1", b"n2", b"n3")],
    "anyname": [(1, "words", b"a", b"b", b"c*[x]?\\")],
    "tinyname": [(1, "words", b"t1", b"t2", b"t3")],
    "weightname": [(1, "words", b"w_1", b"w_2", b"w_3", b"w_4", b"w_5", b"w_x", b"w_", b"d_1",
                    b"d_2", b"d_x")],
    "longname": [(1, "words", b"k" * 1024, b"q" * 1023)],
    "skey": [(76, "kind", "stringname"), (10, "kind", "anyname"), (8, "kind", "listname"),
             (2, "kind", "numbersname"), (2, "kind", "weightname"), (2, "kind", "longname")],
    "lkey": [(70, "kind", "listname"), (10, "kind", "anyname"), (8, "kind", "stringname"),
             (10, "kind", "numbersname"), (2, "kind", "longname")],
    "nkey": [(80, "kind", "numbersname"), (10, "kind", "listname"), (5, "kind", "anyname"),
             (5, "kind", "stringname")],
    "key": [(30, "kind", "stringname"), (30, "kind", "listname"), (10, "kind", "numbersname"),
            (20, "kind", "anyname"), (5, "kind", "weightname"), (5, "kind", "longname")],
    # LCS takes time and memory by the product of the lengths: its keys stay short.
    "tkey": [(1, "kind", "tinyname")],
    "lcskey": [(90, "kind", "tinyname"), (10, "kind", "numbersname")],
    "wkey": [(1, "kind", "weightname")],

    # -- numbers --
    "integer": [(60, "int", -20, 20), (15, "words", *WIDTHS), (8, "int", -10**6, 10**6),
                (5, "words", *HUGE), (4, "words", *ODD)],
    "number": [(60, "int", -9, 20), (15, "words", *WIDTHS), (10, "real", 3),
               (10, "int", -10**12, 10**12), (2, "words", b"inf", b"-inf", b"1e5", b" 3", b"0x10"),
               (1, "words", b"abc", b"nan", b"3a", b"")],
    "float": [(30, "int", -100, 100), (30, "real", 2), (15, "real", 17), (5, "real", 6),
              (8, "words", b"1e3", b"1.5e-5", b"-3.0e4", b"1e17", b"1e-17", b"5e100", b"-5e-300",
               b"0.1", b"0.2", b"3.14159265358979323846", b".5", b"5.", b"1e0", b"0x1p3",
               b"0x10", b"-0.0", b"+3"),
              (6, "words", *WIDTHS), (3, "words", b"inf", b"-inf", b"nan", b"infinity"),
              (5, "words", *ODD)],
    "index": [(45, "int", -8, 8), (30, "int", -70, 70), (10, "int", -2500, 2500),
              (3, "words", b"0"), (3, "words", b"-1"), (3, "words", *HUGE), (2, "words", *ODD)],
    "nearend": [(1, "int", -2, 1)],
    "count": [(60, "int", 0, 12), (10, "int", -12, -1), (12, "int", 1, 200),
              (4, "words", *HUGE), (3, "words", *ODD)],
    "rank": [(60, "int", 1, 4), (30, "int", -4, -1), (3, "words", b"0"), (4, "words", *HUGE),
             (3, "words", *ODD)],
    "few": [(86, "int", 1, 4), (4, "int", 5, 300), (4, "words", b"0", b"-1", b"-5"),
            (3, "words", *HUGE), (3, "words", *ODD)],
    # How many keys follow: right as often as (..)+ gives one or two.
    "keynum": [(50, "words", b"1"), (35, "words", b"2"), (8, "words", b"3"),
               (4, "words", b"0", b"-1"), (2, "words", *HUGE), (1, "words", *ODD)],

    # For COMMAND GETKEYS, which leaves errno behind where a count is out of range: see
    # differences.py.
    "plainkeynum": [(50, "words", b"1"), (35, "words", b"2"), (8, "words", b"3"),
                    (4, "words", b"0", b"-1", b"+1", b"1x", b" 2", b"4294967297"),
                    (1, "words", *ODD)],

    # -- places within strings. Between what kv's val-size-max allows and what Redis refuses lies
    #    nothing: there the two differ by design. --
    "offset": [(60, "int", 0, 120), (14, "near-int", (4096, 8192, 12288, 16384, 65536), 40),
               (1, "int", 65536, 300000), (5, "int", -3, -1),
               (2, "words", b"9223372036854775807", b"-9223372036854775808", b"4611686018427387904",
                b"9223372036854775808"), (3, "words", *ODD)],
    "bitoffset": [(70, "int", 0, 300), (14, "near-int", (32768, 65536, 131072, 524288), 70),
                  (1, "int", 0, 2400000), (4, "words", b"-1", b"-100"),
                  (3, "words", b"4294967296", b"4294967297", b"9223372036854775807",
                   b"9223372036854775808", b"-9223372036854775808"), (3, "words", *ODD)],
    "bit": [(95, "words", b"0", b"1"), (3, "words", b"2", b"-1", b"1.0", b"01"),
            (2, "words", *ODD)],
    "range": [(50, "int", -30, 30), (25, "int", -200, 200),
              (12, "near-int", (4096, 8192, 32768, 65536), 20), (4, "int", -5000, -100),
              (4, "words", *HUGE), (3, "words", *ODD)],
    "bitfieldtype": [(20, "words", b"u8", b"i8", b"u1", b"i16", b"u4", b"i5"),
                     (70, "template", "{signed}{width}"),
                     (6, "words", b"u64", b"i65", b"u0", b"i0", b"x8", b"u", b"i-1", b"", b"u08",
                      b"U8", b"u99999999999999999999", b"8")],
    "signed": [(1, "words", b"u", b"i")],
    "width": [(60, "int", 1, 63), (10, "words", b"64", b"63")],
    "bitfieldoffset": [(60, "kind", "bitoffset"), (30, "template", "#{smallint}"),
                       (4, "words", b"#", b"#-1", b"##1", b"#4294967296", b"#9223372036854775807")],
    "smallint": [(1, "int", 0, 40)],

    # -- strings --
    "value": [(22, "int", -1000, 20000), (10, "words", *WIDTHS), (6, "words", *HUGE),
              (6, "words", *ODD), (10, "kind", "float"), (30, "bytes", 0, 80),
              (8, "near", (39, 44, 63, 64, 127, 128, 255, 256, 1024), 3), (6, "text", 10, 400),
              (1.2, "near", (4096, 8192, 16384), 3)],
    "tinyvalue": [(50, "letters", 0, 24), (30, "letters", 20, 80), (10, "bytes", 0, 10)],
    "tail": [(60, "bytes", 0, 20), (20, "int", 0, 100), (10, "bytes", 20, 300),
             (4, "near", (1024, 4096), 3), (6, "text", 1, 200)],
    # Elements of lists: some come again and again, so that LREM, LPOS and LINSERT find them.
    "common": [(1, "words", b"1", b"2", b"3", b"5", b"10", b"x", b"xy", b"", b"el", b"el:1", b"-7",
                b"300", b"70000", b"e" * 63, b"f" * 64, b"\x00", b"01")],
    "element": [(55, "kind", "common"), (10, "int", -1000, 1000), (8, "words", *WIDTHS),
                (2, "words", *HUGE), (15, "bytes", 0, 40), (4, "text", 20, 200),
                (4, "near", (63, 64, 127, 128, 1024), 3), (0.3, "near", (4096, 8192), 3)],

    # -- time. Deadlines are far, or have passed: none is near when the two servers are compared. --
    "seconds": [(80, "int", 10**6, 10**8), (5, "int", -100, -1), (3, "words", b"0"),
                (3, "words", b"9223372036854775807", b"-9223372036854775808",
                 b"9223372036854776", b"99999999999999999999"), (4, "words", *ODD)],
    "milliseconds": [(80, "int", 10**9, 10**11), (5, "int", -100, -1), (3, "words", b"0"),
                     (3, "words", b"9223372036854775807", b"-9223372036854775808",
                      b"99999999999999999999"), (4, "words", *ODD)],
    "unixseconds": [(70, "int", 4 * 10**9, 9 * 10**9), (12, "words", b"5000000000", b"6000000000"),
                    (8, "int", 1, 10**9), (4, "words", b"0", b"-1"),
                    (3, "words", b"9223372036854775807", b"9223372036854776"), (3, "words", *ODD)],
    "unixmilliseconds": [(70, "int", 4 * 10**12, 9 * 10**12),
                         (12, "words", b"5000000000000", b"6000000000000"),
                         (8, "int", 1, 10**12), (4, "words", b"0", b"-1"),
                         (3, "words", b"9223372036854775807", b"9223372036854775808"),
                         (3, "words", *ODD)],
    "shortms": [(1, "words", b"1", b"2")],
    "timeout": [(80, "words", b"0.001", b"0.002", b".003", b"1e-3", b"0.0005"),
                (6, "words", b"-1", b"-0.01", b"abc", b"", b"nan", b"1.5x", b" 1")],
    # For streams of several connections, where others wake the one that waits.
    "longtimeout": [(50, "words", b"0"), (30, "words", b"100", b"1000.5", b"3e3", b"0.0"),
                    (5, "words", b"-1", b"-0.001", b"abc", b"nan")],
    "shorttimeout": [(1, "words", b"0.01", b"0.005", b"0.02", b"1e-2", b"0.0015")],

    # -- words --
    "db": [(70, "words", b"0"), (25, "words", b"1", b"2", b"9", b"14"),
           (3, "words", b"16", b"-1", b"99999999999999999999", b"2147483648"), (2, "words", *ODD)],
    "pattern": [(30, "words", b"*", b"s*", b"l?", b"[a-b]", b"*1", b"?", b"[^a]*", b"s[1-2]", b""),
                (10, "words", b"\\*", b"c\\*\\[x\\]\\?\\\\", b"[", b"[a", b"[^", b"a]", b"[b-a]",
                 b"**1**", b"*\x00*", b"*\xff*", b"[\\a-b]", b"s\\", b"[l-n][1-3]", b"???*"),
                (10, "template", "{stringname}*"), (5, "template", "*{smallint}")],
    "bypattern": [(60, "words", b"w_*", b"d_*", b"*"),
                  (12, "words", b"nosort", b"w_1", b"s1", b"*_*"),
                  (6, "words", b"w_*->f", b"*->", b"->*", b"w_*->")],
    "getpattern": [(60, "words", b"#", b"d_*", b"w_*"), (10, "words", b"*", b"s1", b"nothing"),
                   (5, "words", b"d_*->f", b"##")],
    "name": [(70, "letters", 0, 12), (10, "words", b"a b", b"a\nb", b"\x7f", b"\xff", b"a!~b")],
    "junk": [(40, "bytes", 0, 20), (20, "words", *ODD),
             (10, "words", b"NX", b"EX", b"GET", b"COUNT", b"nonsense", b"LIMIT", b"MATCH", b"*",
              b"0", b"-1")],
    "nosuch": [(3, "bytes", 0, 20), (1, "words", *ODD)],
    "cursor": [(80, "words", b"0"), (10, "words", b"00", b"-1", b"+0", b"0\x00",
                                             b"18446744073709551615"),
               (10, "words", *ODD)],
    "scancount": [(70, "words", b"10000", b"1000", b"5000"), (6, "words", b"0", b"-1"),
                  (4, "words", *ODD)],
    "typename": [(60, "words", b"string", b"list", b"STRING", b"List"),
                 (10, "words", b"hash", b"set", b"zset", b"stream")],
    "hellover": [(80, "words", b"2", b"3"),
                 (20, "words", b"1", b"4", b"0", b"-3", b"abc", b"9999")],
    "option": [(60, "words", b"databases", b"appendonly", b"save", b"timeout", b"maxmemory-policy",
               b"tcp-keepalive", b"replica-read-only", b"slave-read-only", b"proto-max-bulk-len",
               b"requirepass"), (10, "words", b"nosuch", b"", b"databasesx", b"d?tabases"),
               (3, "words", b"DATABASES", b"Timeout")],
    "setoption": [(60, "words", b"databases", b"timeout", b"maxmemory-policy", b"nosuch", b"",
                   b"tcp-backlog")],
    "commandname": [(60, "words", b"get", b"SET", b"lpush", b"Rpush", b"mset", b"mget", b"del",
                     b"exists", b"expire", b"ttl", b"incr", b"append", b"lrange", b"scan",
                     b"select", b"ping", b"echo", b"hello", b"auth", b"reset", b"quit", b"dbsize",
                     b"flushall", b"time", b"persist", b"strlen", b"setrange", b"getrange",
                     b"lcs", b"setbit",
                     b"bitop", b"bitfield", b"bitfield_ro", b"lmove", b"lmpop", b"blpop", b"blmpop",
                     b"blmove", b"rename", b"copy", b"sort", b"sort_ro", b"dump", b"restore",
                     b"multi", b"exec", b"watch", b"swapdb", b"getex", b"msetnx", b"linsert",
                     b"object", b"object|encoding", b"client|id", b"config|get", b"touch", b"keys",
                     b"move", b"randomkey", b"lpos", b"brpoplpush", b"client|unblock",
                     b"expiretime"),
                    (8, "words", b"nosuch", b"", b"client|nosuch", b"get|x", b"client|")],
    "category": [(60, "words", b"string", b"list", b"keyspace", b"read", b"write", b"bitmap",
                  b"fast", b"transaction", b"blocking", b"connection", b"dangerous"),
                 (4, "words", b"nosuch", b"")],
    "commandpattern": [(1, "words", b"l*", b"*pop", b"client*", b"get", b"[sg]et*", b"nosuch*",
                        b"*|get", b"config|*", b"b*")],
    "payload": [(92, "payload",), (8, "wrong-payload",)],
    "idle": [(80, "int", 0, 100), (10, "words", b"-1"), (5, "words", *ODD), (5, "words", *HUGE)],
    "freq": [(80, "int", 0, 255), (10, "words", b"-1", b"256"), (5, "words", *ODD)],
    "event": [(1, "words", b"command", b"fork", b"nosuch", b"expire-cycle")],
    "address": [(1, "words", b"1.2.3.4:5", b"127.0.0.1:1", b"nonsense", b"")],
    "noclient": [(1, "words", b"0", b"-1", b"99999999999", b"abc", b"", b"1.5")],
}

# Drawn anew for each use: two equal lifetimes given one after the other would leave GT and LT to
# chance.
FRESH = {"seconds", "milliseconds"}

# Parts of syntax that many commands share.
PARTS = {
    "expiry": "EX seconds | PX milliseconds | EXAT unixseconds | PXAT unixmilliseconds",
    "expiretest": "NX | XX | GT | LT",
    "side": "LEFT | RIGHT",
    "sortoption": "BY bypattern | LIMIT count count | LIMIT '0' '10' | GET getpattern | ASC | "
                  "DESC | ALPHA",
    "bitfieldread": "GET bitfieldtype bitfieldoffset",
    "bitfieldwrite": "SET bitfieldtype bitfieldoffset integer | "
                     "INCRBY bitfieldtype bitfieldoffset integer | "
                     "OVERFLOW (WRAP | SAT | FAIL | junk)",
}

COMMANDS = {
    "string": """
        30  GET skey
        14  SET skey value
        10  SET skey value (NX | XX | GET | expiry | KEEPTTL)*      {deadline}
         4  GETSET skey value
         3  GETDEL skey
         5  GETEX skey [expiry | PERSIST]                           {deadline}
         1  GETEX skey (expiry | PERSIST | junk)*                   {deadline}
         3  SETEX skey seconds value
         2  PSETEX skey milliseconds value
         3  SETNX skey value
         6  MSET (skey value)+
         2  MSETNX (skey value)+
         7  MGET (skey)+
         6  APPEND skey tail
         5  STRLEN skey
         8  GETRANGE skey range range
         2  SUBSTR skey range range
         8  SETRANGE skey offset tail
         5  INCR skey
         5  DECR skey
         6  INCRBY skey integer
         5  DECRBY skey integer
         9  INCRBYFLOAT skey float
    """,
    "lcs": """
        10  SET tkey tinyvalue
         2  APPEND tkey tinyvalue
        10  LCS tkey tkey (LEN | IDX | MINMATCHLEN few | WITHMATCHLEN)*{wide}
         3  LCS tkey tkey IDX [MINMATCHLEN few] [WITHMATCHLEN]      {wide}
         2  LCS tkey lcskey [LEN]                                   {wide}
         1  LCS tkey tkey (LEN | IDX | MINMATCHLEN integer | junk)* {wide}
         2  DEL (tkey)+
    """,
    "bitmap": """
        10  SETBIT skey bitoffset bit
         8  GETBIT skey bitoffset
         3  BITCOUNT skey
         6  BITCOUNT skey range range [BYTE | BIT]
         4  BITPOS skey bit
         6  BITPOS skey bit range [range] [BYTE | BIT]
         4  BITPOS skey bit range range [BYTE | BIT]
         5  BITOP (AND | OR | XOR | junk) skey (skey)+
         2  BITOP (NOT | AND) skey skey
        10  BITFIELD skey (bitfieldread | bitfieldwrite)+
         3  BITFIELD skey (bitfieldread)+
         4  BITFIELD_RO skey (bitfieldread)+
         1  BITFIELD_RO skey (bitfieldread | bitfieldwrite)+
    """,
    "list": """
        10  LPUSH lkey (element)+
        12  RPUSH lkey (element)+
         4  RPUSH nkey (number)+
         3  LPUSHX lkey (element)+
         3  RPUSHX lkey (element)+
        10  LPOP lkey [count]
        10  RPOP lkey [count]
         6  LLEN lkey
        10  LRANGE lkey index index
         2  LRANGE lkey '0' '-1'
         8  LINDEX lkey index
         4  LSET lkey index element
         6  LSET lkey nearend element
         8  LINSERT lkey (BEFORE | AFTER) element element
         8  LREM lkey count element
         8  LPOS lkey element (RANK rank | COUNT count | MAXLEN count)*
         1  LPOS lkey element (RANK rank | COUNT count | MAXLEN count | junk)*
         7  LMOVE lkey lkey (side) (side)
         3  RPOPLPUSH lkey lkey
         5  LMPOP keynum (lkey)+ (side) [COUNT few]
         2  LMPOP '2' lkey lkey (side) [COUNT few]
    """,
    "trim": """
         4  LTRIM lkey index index
         2  LTRIM lkey '1' '-2'
    """,
    "longlist": """
         1  LPUSH lkey (element)**
         1  RPUSH lkey (element)**
         1  RPUSH nkey (number)**
    """,
    # In one connection: they find something, wait for a moment, or stand in a transaction.
    "waiting": """
         3  BLPOP (lkey)+ timeout                                   {exact}
         3  BRPOP (lkey)+ timeout                                   {exact}
         3  BLMOVE lkey lkey (side) (side) timeout                  {exact}
         2  BRPOPLPUSH lkey lkey timeout                            {exact}
         3  BLMPOP timeout keynum (lkey)+ (side) [COUNT few]        {exact}
         2  BLMPOP timeout '2' lkey lkey (side) [COUNT few]         {exact}
         1  (BLPOP | BRPOP | BLMOVE | BRPOPLPUSH | BLMPOP) [lkey]              {exact errors}
    """,
    # For streams of several connections only.
    "blocking": """
         6  BLPOP (lkey)+ longtimeout                               {blocking}
         6  BRPOP (lkey)+ longtimeout                               {blocking}
         6  BLMOVE lkey lkey (side) (side) longtimeout              {blocking}
         3  BRPOPLPUSH lkey lkey longtimeout                        {blocking}
         5  BLMPOP longtimeout '1' lkey (side) [COUNT few]          {blocking}
         3  BLMPOP longtimeout '2' lkey lkey (side) [COUNT few]     {blocking}
    """,
    "briefly": """
         3  BLPOP (lkey)+ shorttimeout                              {blocking exact}
         3  BRPOP (lkey)+ shorttimeout                              {blocking exact}
         2  BLMOVE lkey lkey (side) (side) shorttimeout             {blocking exact}
         1  BRPOPLPUSH lkey lkey shorttimeout                       {blocking exact}
         2  BLMPOP shorttimeout '2' lkey lkey (side) [COUNT few]    {blocking exact}
    """,
    "expiry": """
         8  EXPIRE key seconds (expiretest)*                        {deadline}
         8  PEXPIRE key milliseconds (expiretest)*                  {deadline}
         8  EXPIREAT key unixseconds (expiretest)*                  {deadline}
         8  PEXPIREAT key unixmilliseconds (expiretest)*            {deadline}
         1  EXPIRE key seconds (expiretest | junk)*                 {deadline}
         8  TTL key
         8  PTTL key
         6  EXPIRETIME key
         6  PEXPIRETIME key
         4  PERSIST key
    """,
    "key": """
         8  DEL (key)+
         3  UNLINK (key)+
         8  EXISTS (key)+
         5  TYPE key
         4  TOUCH (key)+
         6  RENAME key key
         6  RENAMENX key key
         8  COPY key key (DB db | REPLACE)*
         1  COPY key key (DB db | REPLACE | junk)*
         5  MOVE key db
         1  RANDOMKEY
         3  KEYS pattern
         3  SCAN cursor COUNT scancount (MATCH pattern | TYPE typename)*
         1  SCAN cursor (MATCH pattern | TYPE typename | COUNT scancount | junk)*
         8  OBJECT ENCODING key
         2  OBJECT REFCOUNT key
         2  OBJECT IDLETIME key
         1  OBJECT FREQ key                                         {errors}
         0.3 OBJECT HELP
         1  OBJECT (junk)+                                          {errors}
         4  DUMP key
         6  RESTORE key '0' payload REPLACE                         {wide}
         4  RESTORE key milliseconds payload
                (REPLACE | IDLETIME idle | FREQ freq)*              {deadline wide}
         2  RESTORE key unixmilliseconds payload ABSTTL (REPLACE)*  {deadline exact wide}
         1  RESTORE key milliseconds payload
                (REPLACE | ABSTTL | IDLETIME idle | FREQ freq | junk)*  {deadline wide}
    """,
    "sort": """
         6  RPUSH nkey (number)+
         3  SET wkey number
         3  MSET (wkey number)+
         8  SORT nkey (sortoption)*                                 {wide}
         4  SORT lkey ALPHA (sortoption)*                           {wide}
         4  SORT nkey (sortoption)* STORE lkey                      {wide}
         2  SORT lkey ALPHA (sortoption)* STORE lkey                {wide}
         3  SORT nkey BY bypattern (GET getpattern)*                {wide}
         4  SORT_RO nkey (sortoption)*                              {wide}
         1  SORT lkey (sortoption | STORE lkey | junk)*             {wide}
         1  SORT_RO lkey (sortoption | STORE lkey | junk)*          {wide}
    """,
    # Out of place, mostly: the generator puts MULTI and EXEC around commands by itself.
    "transaction": """
         3  EXEC
         3  DISCARD
         2  UNWATCH
    """,
    # Not where SWAPDB is: see differences.py.
    "watch": """
         3  WATCH (key)+
    """,
    "swap": """
         1  SWAPDB db db
    """,
    "connection": """
         4  PING
         4  PING value
         4  ECHO value
         6  SELECT db
         3  HELLO (hellover)                                        {alone}
         1  HELLO hellover SETNAME name                             {alone exact}
         1  HELLO hellover (AUTH name value | AUTH 'default' value | junk)* {alone}
         0.5 HELLO
         2  AUTH value                                              {errors}
         1  AUTH name value                                         {errors}
         1  AUTH 'default' value
         1  RESET                                                   {alone}
         3  CLIENT GETNAME
         4  CLIENT SETNAME name
         1  CLIENT ID
         1  CLIENT INFO
         1  CLIENT LIST [TYPE (NORMAL | MASTER | PUBSUB | REPLICA | junk)]
         1  CLIENT LIST ID (noclient)+
         2  CLIENT NO-EVICT (ON | OFF | junk)
         1  CLIENT GETREDIR
         1  CLIENT KILL address                                     {errors}
         1  CLIENT KILL (ID noclient | ADDR address | LADDR address | USER name |
                TYPE (PUBSUB | junk))+
         1  CLIENT UNBLOCK noclient [TIMEOUT | ERROR | junk]
         0.5 CLIENT PAUSE '0' [WRITE | ALL | junk]              {exact}
         0.5 CLIENT PAUSE (junk | integer) junk                     {exact errors}
         0.5 CLIENT UNPAUSE
         0.5 CLIENT REPLY ON
         0.5 CLIENT REPLY junk                                      {errors}
         0.3 CLIENT HELP
         1  CLIENT (junk)+                                          {errors}
    """,
    "server": """
         6  DBSIZE
         1  FLUSHDB [ASYNC | SYNC | junk]
         0.5 FLUSHALL [ASYNC | SYNC | junk]
         1  TIME
         4  CONFIG GET option                                       {exact}
         1  CONFIG GET (option)+                                    {exact}
         0.3 CONFIG (GET | SET | RESETSTAT) [option]                {exact}
         2  CONFIG SET 'timeout' '0'                               {exact}
         2  CONFIG SET 'timeout' 'abc'                              {exact errors}
         1  CONFIG SET setoption junk                               {exact}
         1  CONFIG SET ('timeout' '0' | setoption '0')+             {exact}
         0.3 CONFIG RESETSTAT
         0.3 CONFIG REWRITE                                         {errors}
         0.3 CONFIG HELP
         1  CONFIG nosuch (junk)*                                   {errors}
         0.5 COMMAND COUNT
         3  COMMAND INFO (commandname)+                             {exact}
         1  COMMAND LIST
         1  COMMAND LIST FILTERBY PATTERN commandpattern
         1  COMMAND LIST FILTERBY ACLCAT category
         0.5 COMMAND LIST FILTERBY MODULE name
         0.5 COMMAND LIST FILTERBY junk junk                        {errors}
         0.3 COMMAND DOCS commandname                               {exact}
         2  COMMAND GETKEYS MSET (key value)+
         2  COMMAND GETKEYS LMPOP plainkeynum (lkey)+ LEFT
         2  COMMAND GETKEYS SORT key (sortoption | STORE lkey)*
         2  COMMAND GETKEYS (BLMPOP longtimeout plainkeynum (lkey)+ RIGHT | BITOP AND key (key)+ |
                COPY key key | LCS key key | OBJECT ENCODING key | BLPOP (key)+ '0')
         2  COMMAND GETKEYS (commandname) (key)*
         0.3 COMMAND HELP
         1  COMMAND (junk)+                                         {exact errors}
         1  MEMORY USAGE key [SAMPLES count]
         0.3 MEMORY HELP
         0.3 MEMORY PURGE
         1  MEMORY (junk)+                                          {errors}
         1  SLOWLOG GET [integer]
         1  SLOWLOG LEN
         1  SLOWLOG RESET
         0.3 SLOWLOG HELP
         1  SLOWLOG (junk)+                                         {errors}
         1  LATENCY LATEST
         1  LATENCY HISTORY event
         1  LATENCY RESET (event)*
         1  LATENCY GRAPH event                                     {errors}
         0.3 LATENCY HELP
         1  LATENCY (junk)+                                         {errors}
         0.3 DEBUG SLEEP '0'                                        {exact}
         0.3 DEBUG SET-ACTIVE-EXPIRE '1'                            {exact}
         0.3 DEBUG (junk)+                                          {exact errors}
         2  NOSUCH (value)*                                         {errors}
    """,
}

# Deadlines that pass before the next batch: the last commands of a batch, each for another key.
SHORT = """
     4  PEXPIRE key shortms
     3  SET key value PX shortms
     2  PSETEX key shortms value
     2  GETEX key PX shortms
     1  RESTORE key shortms payload REPLACE                         {wide}
"""

# Wrong in one place: how often a command is changed before it is sent, and how.
MUTATION_SHARE = 0.025
MUTATIONS = ("drop", "add", "replace", "double", "swap")

# Streams. share: of all streams; groups: weights; kinds: what differs from KINDS.
FLAVOURS = {
    "mixed": {
        "share": 40,
        "groups": {"string": 30, "bitmap": 12, "list": 32, "key": 16, "expiry": 10, "sort": 5,
                   "lcs": 3, "connection": 4, "server": 4, "waiting": 0.3, "transaction": 0.6,
                   "longlist": 0.2, "trim": 1.2, "swap": 0.4},
        "kinds": {},
    },
    # Long strings: values that continue in whole pages, tails, holes.
    "pages": {
        "share": 10,
        "groups": {"string": 40, "bitmap": 20, "key": 10, "expiry": 2, "server": 1, "list": 4},
        "kinds": {
            "value": [(10, "int", 0, 10**9), (6, "bytes", 0, 80), (6, "text", 3000, 9000),
                      (16, "near", (4096, 8192, 12288, 16384, 20480), 3),
                      (1, "near", (65536, 131072, 300000), 5), (3, "kind", "float")],
            "tail": [(20, "bytes", 0, 20), (20, "near", (4096, 8192), 3),
                     (20, "near", (1024, 2048), 3)],
            "offset": [(20, "int", 0, 120), (40, "near-int", (4096, 8192, 12288, 16384, 65536), 40),
                       (4, "int", 65536, 300000)],
            "range": [(10, "int", -30, 30), (30, "near-int", (4096, 8192, 12288, 16384, 65536), 20),
                      (10, "int", -20000, -1)],
            "bitoffset": [(10, "int", 0, 300), (60, "near-int", (32768, 65536, 98304, 131072), 70),
                          (3, "int", 0, 2400000)],
        },
    },
    # Long lists: trees of every height that some thousand elements reach.
    "lists": {
        "share": 20,
        "groups": {"list": 70, "longlist": 7, "trim": 0.5, "key": 2, "sort": 2, "expiry": 1,
                   "string": 1, "waiting": 0.2},
        "kinds": {
            "listname": [(1, "words", b"l1", b"l2")],
            "count": [(40, "int", 0, 12), (20, "int", -12, -1), (12, "int", 1, 300),
                      (2, "words", *ODD)],
            "index": [(20, "int", -8, 8), (20, "int", -300, 300), (25, "int", -4000, 4000),
                      (2, "words", *HUGE), (1, "words", *ODD)],
        },
    },
    # Elements of all sizes up to several pages.
    "elements": {
        "share": 10,
        "groups": {"list": 70, "trim": 2, "key": 10, "sort": 2, "expiry": 1, "string": 4},
        "kinds": {
            "element": [(20, "kind", "common"), (10, "words", *WIDTHS), (10, "bytes", 0, 80),
                        (40, "near", (63, 64, 127, 128, 255, 256, 1024, 2048), 2),
                        (6, "near", (4096, 8192), 3), (6, "text", 100, 3000)],
        },
    },
    "expiry": {
        "share": 10,
        "groups": {"expiry": 40, "string": 30, "key": 25, "list": 20, "trim": 1, "sort": 3,
                   "transaction": 1, "watch": 2},
        "kinds": {},
    },
    "bits": {
        "share": 10,
        "groups": {"bitmap": 60, "string": 20, "key": 4, "watch": 1, "transaction": 1},
        "kinds": {
            "stringname": [(1, "words", b"s1", b"s2", b"s3")],
            # Beyond a double's range, and a cursor's: not where SORT is, see differences.py.
            "float": [(20, "real", 17), (3, "words", b"1e4000", b"1e5000", b"-1e4931", b"1e-4940"),
                      (5, "int", -9, 9)],
            "cursor": [(2, "words", b"0"), (1, "words", b"18446744073709551616")],
        },
    },
}

# Streams of several connections: one step after the other.
CONNECTIONS_GROUPS = {"list": 34, "trim": 2, "key": 14, "string": 5, "expiry": 3, "sort": 4}

# Commands of kv that no line above has, and why.
EXCLUDED = {
    "quit": "it ends the connection: streams of several connections close with it",
    "multi": "begins the transactions that the generator makes around other commands",
    "info": "tells of the server itself; tests/wire/info.t",
    "shutdown": "ends the server; tests/wire/shutdown.t, tests/clients/shutdown.py",
    "monitor": "shows what other clients do, with times and addresses; a wire transcript",
    "lolwut": "each draws what it likes",
    "client|setinfo": "of Redis 7.2; redis-server 7.0 has it not",
    "client|no-touch": "of Redis 7.2; redis-server 7.0 has it not",
    "memory|stats": "tells of each server's own memory",
    "memory|doctor": "tells of each server's own memory",
    "memory|malloc-stats": "tells of each server's own memory",
    "latency|doctor": "text in each server's own words",
    "latency|histogram": "what it counts is time",
    "debug|object": "addresses and sizes of each server's own",
    "debug|stringmatch-len": "redis-server 7.0 has it not; KEYS and SCAN match in these streams",
}
