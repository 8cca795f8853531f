# super with and without arguments: blocks, keywords, changed arguments, class methods, modules.
class Base
  def take(a, b = :default, *rest, key: :none, &block)
    [a, b, rest, key, block && block.call]
  end

  def self.build(*arguments)
    [name, arguments]
  end

  def missing?(name)
    respond_to?(name)
  end
end

module Between
  def take(a, *rest, **options, &block)
    a = [a]
    super
  end
end

class Derived < Base
  include Between

  def take(a, b = 2, *rest, key: 3, &block)
    b += 1
    super
  end

  def bare
    :bare
  end

  def self.build(first, *)
    super(first)
  end

  def method_missing(name, *arguments)
    return [name, arguments] if name == :ghost

    super
  end

  def respond_to_missing?(name, all = false)
    name == :ghost || super
  end

  define_method(:made) { |n| n }
end

class Last < Derived
  def take(*)
    super(:only) { :block }
  end

  define_method(:made) { |n| super(n + 1) }

  def bare
    super.to_s
  end
end

p Derived.new.take(1), Derived.new.take(1, 5, 6, key: 7) { :given }, Last.new.take(9)
p Derived.build(1, 2), Last.build(3), Last.new.made(1), Last.new.bare
p Last.new.ghost(1), Last.new.missing?(:ghost)
object = Last.new
def object.bare
  [super, :singleton]
end
p object.bare
