# 200 levels: of blocks with a variable each, of begin and ensure, of arrays and calls.
# golden: none (long and dull)
def level(number)
  yield number
end

def nested(depth, &block)
  depth.zero? ? block.call : level(depth) { nested(depth - 1, &block) }
end

blocks = (1..200).map { |n| "level(#{n}) { |v#{n}|\n" }.join + "v1 + v200\n" + "}\n" * 200
p eval(blocks)
clauses = "begin\n" * 200 + "raise 'inside'\n" + "ensure\n$ended = $ended.to_i + 1\nend\n" * 200
begin
  eval(clauses)
rescue RuntimeError => e
  p e.message, $ended
end
lists = "[" * 200 + "]" * 200
deep = eval(lists)
p deep.flatten.size
calls = "Array(" * 200 + "1" + ")" * 200
p eval(calls)
p nested(100) { :bottom }
