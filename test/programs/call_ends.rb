# How a call can end that does not run to its own end: what stands on its return, and where.
def passing
  yield
end

def holding(log)
  yield
ensure
  log << :held
end

def holding_constant
  yield
ensure
  :nothing
end

def throws_itself
  [1, 2].each { |n| throw :odd, n if n.odd? }
  :never
end

def throws_over
  raise KeyError, "lost"
ensure
  throw :over
end

def returns_through(value)
  passing { return value }
  :never
end

def returns_twice_through(value)
  passing do
    passing do
      return value
    end
  end
end

def returns_from_each(list)
  list.each do |n|
    return n if n > 1
  end
  nil
end

def rescues_inside
  yield
ensure
  begin
    Integer("x")
  rescue ArgumentError
    puts "rescued inside"
  end
end

def lambda_return
  add = lambda do |n|
    return n + 1
  end
  add.call(1)
end

log = []
p catch(:out) { passing { throw :out, 1 } }
p catch("text") { |tag| holding(log) { throw tag, 2 } }
p catch { |tag| holding(log) { throw tag, 3 } }
p catch(:odd) { throws_itself }
p catch(:over) { throws_over }
one = passing do
  break 4
end
two = holding(log) do
  break 5
end
three = holding_constant do
  break 6
end
p one, two, three
p returns_through(7), returns_twice_through(nil), returns_from_each([1, 2])
p method(:returns_from_each).call([8, 9]), lambda_return
begin
  rescues_inside { raise TypeError, "first" }
rescue TypeError => e
  p e.message
end
p log
