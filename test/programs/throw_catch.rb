# throw through frames, blocks and ensure.
def inner(list)
  list.each do |item|
    throw :found, item if item > 2
  end
ensure
  puts "leaving inner"
end

def outer(list)
  inner(list)
  :never
end

p(catch(:found) { outer([1, 2, 3, 4]) })
p(catch { |tag| throw tag })
begin
  throw :nobody
rescue UncaughtThrowError => e
  puts e.message
end
