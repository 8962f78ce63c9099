#!lua name=sluice_v1
-- functions.lua - all that changes the state of a partition in Redis, or reads single pages of it, one call at a time.
-- Who reads all pages (redis_store.c) does without: what passes through Lua costs Redis four times as much.
--
-- Keys of partition 17 under the prefix "sluice:" (one hash tag, so one master and one ordered stream):
--   sluice:{17}:ckpt     hash: seq (16 bytes: owner, number), w, header
--   sluice:{17}:timers   sorted set: token by due time
--   sluice:{17}:h:B      hash, bucket B of 1024: token -> head; its first bytes list the chunks
--   sluice:{17}:c:B      hash: token, kind, number -> chunk of 16 records or counterparties
--
-- A stored head is: count of chunks (2 bytes), then for each its kind (1 byte) and number (8 bytes),
-- then the head itself. `seq` names the content for ever: a call that does not expect it changes and
-- reads nothing and answers CONFLICT.

local function conflict(ckpt, expected)
  local seq = redis.call('HGET', ckpt, 'seq')
  if (seq or '') == expected then
    return nil
  end
  return redis.error_reply('CONFLICT the content is not what the caller left there')
end

-- Calls with many arguments go in slices: Lua's stack holds about 8,000.
local SLICE = 4000
local function in_slices(command, key, args, first, last)
  while first <= last do
    local to = math.min(first + SLICE - 1, last)
    redis.call(command, key, unpack(args, first, to))
    first = to + 1
  end
end

-- What a group does to its key: fields of a hash set and deleted, timers set and removed.
local COMMANDS = {S = 'HSET', D = 'HDEL', T = 'ZADD', R = 'ZREM'}

-- The slot of a Cluster may be on its way to another master. Then Redis looks at each command of a call again, takes a key
-- that is not there for one that has gone, and ends the call in the middle. So a key that is written again is never empty:
-- meanwhile it has this field, which no page and no chunk has.
local FILLER = '\0'
local FILL = {D = {'HSET', FILLER, ''}, R = {'ZADD', 0, FILLER}}

-- Key: the last group that writes to it.
local function last_writes(keys, args, count)
  local last, at = {}, 6
  for group = 1, count do
    if args[at] == 'S' or args[at] == 'T' then
      last[keys[1 + group]] = group
    end
    at = at + 2 + tonumber(args[at + 1])
  end
  return last
end

-- keys: ckpt, then one for each group
-- args: expected seq, seq, w, header, group count,
--       per group: what (a letter of COMMANDS), how many arguments, the arguments
local function flush(keys, args)
  local wrong = conflict(keys[1], args[1])
  if wrong then
    return wrong
  end
  local at, groups, filled = 6, tonumber(args[5]), {}
  local last = last_writes(keys, args, groups)
  for group = 1, groups do
    local key, what, count = keys[1 + group], args[at], tonumber(args[at + 1])
    local fill = FILL[what]
    if fill and (last[key] or 0) > group and not filled[key] then
      redis.call(fill[1], key, fill[2], fill[3])
      filled[key] = COMMANDS[what]
    end
    in_slices(COMMANDS[what], key, args, at + 2, at + 1 + count)
    at = at + 2 + count
  end
  for key, remove in pairs(filled) do
    redis.call(remove, key, FILLER)
  end
  redis.call('HSET', keys[1], 'seq', args[2], 'w', args[3], 'header', args[4])
  return 'OK'
end

-- One page: head, then chunks in the order in which the head lists them.
local function read_page(heads, chunks, token)
  local head = redis.call('HGET', heads, token)
  if not head then
    return false
  end
  local count = string.byte(head, 1) + 256 * string.byte(head, 2)
  local fields = {}
  for i = 1, count do
    fields[i] = token .. string.sub(head, 3 + 9 * (i - 1), 2 + 9 * i)
  end
  local page = {head}
  for first = 1, count, SLICE do
    local part = redis.call('HMGET', chunks, unpack(fields, first, math.min(first + SLICE - 1, count)))
    for i = 1, #part do
      page[#page + 1] = part[i]
    end
  end
  return page
end

-- For people who look: one page as it is now, whatever the sequence; a replica will do.
-- keys: heads, chunks; args: token
local function peek(keys, args)
  return read_page(keys[1], keys[2], args[1])
end

-- keys: ckpt, and timers if they are wanted; answer: seq, w, header, then timers as token and due
local function open(keys)
  local found = redis.call('HMGET', keys[1], 'seq', 'w', 'header')
  if not found[1] then
    return {}
  end
  return {found[1], found[2], found[3], keys[2] and redis.call('ZRANGE', keys[2], 0, -1, 'WITHSCORES') or {}}
end

-- What the functions above do to keys; whoever lacks one of these rights is told so at the start.
local CALLED = {'HSET', 'HDEL', 'HGET', 'HMGET', 'HGETALL', 'ZADD', 'ZREM', 'ZRANGE'}

-- keys: one of ours; answer: those of CALLED that the user may not call on it, or nothing
local function rights(keys)
  local lacks = {}
  for i = 1, #CALLED do
    if not redis.acl_check_cmd(CALLED[i], keys[1]) then
      lacks[#lacks + 1] = CALLED[i]
    end
  end
  return table.concat(lacks, ', ')
end

redis.register_function('sluice_flush', flush)
redis.register_function('sluice_open', open)
redis.register_function{function_name = 'sluice_peek', callback = peek, flags = {'no-writes'}}
redis.register_function{function_name = 'sluice_rights', callback = rights, flags = {'no-writes'}}
