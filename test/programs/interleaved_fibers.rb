# Fibers that take turns in the middle of calls: both call and return while the other waits.
require "fiber" # for alive? on 2.7

def leaf(log, name)
  log << "#{name} leaf"
  Fiber.yield(:in_leaf)
  log << "#{name} back"
  name
end

def branch(log, name, depth)
  return leaf(log, name) if depth.zero?

  result = branch(log, name, depth - 1)
  Fiber.yield(depth)
  result
end

def failing
  Fiber.yield(:before)
  raise IndexError, "in a fiber"
ensure
  $ensured = true
end

log = []
one = Fiber.new { branch(log, :one, 2) }
two = Fiber.new { branch(log, :two, 1) }
p one.resume, two.resume, one.resume, two.resume, two.resume, one.resume, one.resume
p log
broken = Fiber.new { failing }
p broken.resume
begin
  broken.resume
rescue IndexError => e
  p e.message, $ensured
end
p broken.alive?
inner = nil
outer = Fiber.new do
  inner = Fiber.new { |x| x + Fiber.yield(x) }
  inner.resume(1) + inner.resume(2)
end
p outer.resume
raised = Fiber.new do
  Fiber.yield
rescue ArgumentError => e
  e.message
end
raised.resume
p raised.raise(ArgumentError, "into a fiber")
generator = Enumerator.new { |out| %i[a b].each { |letter| out.yield(letter) } }
p generator.next, generator.peek, generator.next, generator.size
abandoned = Fiber.new { leaf(log, :abandoned) }
p abandoned.resume
nobody = Fiber.new(&:raise) # no frame of Ruby's is in it
begin
  nobody.resume(Class.new(StandardError))
rescue NoMethodError => e
  p e.class
end
