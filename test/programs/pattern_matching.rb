# requires: 3.0
# case/in with arrays, hashes, pins, guards, find pattern.
def describe(value)
  case value; in [] then "empty"
  in [Integer => a, Integer => b] if a == b then "twins #{a}"
  in [first, *rest] then "list of #{rest.size + 1} from #{first}"
  in { name: String => name, **rest } then "#{name} #{rest.keys}"
  in nil then "nil"
  else "other"
  end
end

[[], [1, 1], [1, 2, 3], { name: "n", age: 3 }, nil, 4].each { |value| puts describe(value) }
config = { db: { port: 5432 } }
config => { db: { port: } }
puts port
