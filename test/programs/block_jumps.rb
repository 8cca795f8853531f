# next, break and return out of nested blocks, procs and lambdas, through ensure.
def find(lists)
  lists.each do |list|
    list.each do |n|
      return n if n > 2
    end
  end
  nil
end

def each_ensured(list)
  list.each { |n| yield n }
  :all
ensure
  puts "each ended"
end

def stop_at(list, stop)
  each_ensured(list) { |n| break n * 10 if n == stop }
end

def return_through(list)
  each_ensured(list) { |n| return n }
  :never
end

def take_proc(&block)
  block
end

def orphan
  take_proc { return 1 }
end

def lambdas
  one = lambda { |n| return n * 2 }
  two = ->(n) { [n].each { |m| return m * 3 } }
  [one.call(1), two.call(1), [1, 2].map(&one)]
end

def loops
  i = 0
  found = loop do
    i += 1
    next if i.odd?
    break i if i > 4
  end
  until i.zero?
    i -= 1
    next if i > 2
    break if i == 1
  end
  [found, i]
end

p find([[1], [2, 3]]), stop_at([1, 2, 3], 2), stop_at([1], 9), return_through([7])
begin
  orphan.call
rescue LocalJumpError => e
  p e.reason, e.exit_value
end
p lambdas, loops
p [1, 2, 3].each_with_object([]) { |n, kept| next if n == 2; kept << n }
p (1..3).inject { |a, b| break a if b == 3; a + b }
