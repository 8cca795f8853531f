# Methods as objects: to_proc, unbind and bind, curry, super_method, send of private ones.
class Base
  def initialize(factor)
    @factor = factor
  end

  def scale(number)
    number * @factor
  end

  private

  def hidden(a, b: 2)
    a + b
  end
end

class Derived < Base
  def scale(number, extra = 0)
    super(number) + extra
  end
end

def add(a, b, c)
  a + b + c
end

object = Derived.new(10)
scale = object.method(:scale)
p [1, 2].map(&scale), scale.arity, scale.owner, scale.super_method.call(3)
unbound = Base.instance_method(:scale)
p unbound.bind(object).call(4), unbound.name
p unbound.bind_call(Derived.new(2), 5)
p object.send(:hidden, 1, b: 3), object.__send__(:scale, 6, 1)
p object.respond_to?(:hidden), object.respond_to?(:hidden, true)
curried = method(:add).curry
p curried[1][2, 3], method(:add).to_proc.call(1, 1, 1)
doubled = scale >> ->(n) { n * 2 }
p doubled.call(1), (scale << method(:Integer)).call("7")
p [[1, 2, 3]].each { |list| add(*list) }, %w[1 2].sum(&:to_i)
p object.singleton_methods, object.define_singleton_method(:own, &scale), object.own(8)
