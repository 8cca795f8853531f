# Fibers and enumerators that interleave, return late and are abandoned.
require "fiber" # for alive? on 2.7

def numbers(from)
  n = from
  loop do
    Fiber.yield n
    n += 1
  end
end

def resume_twice(fiber)
  [fiber.resume, fiber.resume]
end

first = Fiber.new { numbers(1) }
second = Fiber.new { numbers(10) }
p resume_twice(first), resume_twice(second), first.resume
finishing = Fiber.new { |x| y = Fiber.yield(x + 1); y * 2 }
p finishing.resume(1), finishing.resume(5), finishing.alive?
letters = %w[a b].each
p letters.next, letters.peek, letters.next
begin
  letters.next
rescue StopIteration
  puts "no more"
end
squares = Enumerator.new { |out| 3.times { |i| out << i * i } }
p squares.next, squares.next, squares.lazy.map { |n| n + 1 }.first(2)
