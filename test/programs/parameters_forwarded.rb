# Everything passed on by `...`, which from Ruby 3.4 on is no variable any more.
def target(a, b = 2, *rest, key: 0, &block)
  block.call(a + b + rest.sum + key)
end

def forwarded(...)
  target(...)
end

p forwarded(0, 9, key: 1) { |sum| sum }
