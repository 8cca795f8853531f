# yield, &block, procs and lambdas: who returns from where.
def twice
  yield 1
  yield 2
end

def keep(&block)
  block
end

def from_proc
  proc { return :from_the_proc }.call
  :not_reached
end

def from_lambda
  lambda { return :ignored }.call
  :after_the_lambda
end

total = 0
twice { |n| total += n }
adder = keep { |a, b = 10| a + b }
p total, adder.call(1), adder.(1, 2), adder[5, 6]
p from_proc, from_lambda
compose = ->(x) { x + 1 } >> ->(x) { x * 2 }
p compose.call(3)
p [3, 1, 2].sort_by { |x| -x }.each_with_index.map { |x, i| x * i }
p [1, 2, 3].each { |x| break x * 100 if x == 2 }
p %w[a b].map(&:upcase)
