# What self is on each step: main with and without variables, objects, classes, blocks whose self
# is another one, objects without a class of Object's, nil and numbers.
class Meter
  @kept = []

  def self.open(limit)
    meter = new
    meter.fill(limit)
    meter
  end

  def fill(limit)
    @level = 0
    @level += 1 until @level == limit
    @marks = [@level]
    @marks << :full
    remove_instance_variable(:@marks)
    @level
  end

  def borrow(other)
    own = @level
    other.instance_eval do
      @level = own
      own += 1
    end
    [1].each { |number| own += number }
    own
  end
end

class Hidden < BasicObject
  def set(value)
    @value = value
    @value
  end
end

class Chain < Array
  def double
    each_with_index do |item, index|
      self[index] = item * 2
    end
  end
end

meter = Meter.open(2)
meter.borrow(Meter.new)
Hidden.new.set(:secret)
Chain.new([1, 2]).double
Meter.class_eval do
  attr_reader :level
end
Meter.class_exec(1) { |number| number + 1 }
nil.instance_eval do
  to_a
end
5.instance_eval do
  self + 1
end
"text".instance_eval do
  size
end
:name.instance_eval { to_proc }
@note = "main has a variable now"
meter = @note.size
frozen = Struct.new(:half).new(4).freeze
frozen.instance_exec(2) do |factor|
  half * factor
end
Meter.new.singleton_class.class_eval do
  def special
    @special = true
  end
end
nameless = Class.new
nameless.class_eval do
  define_method(:call) { self }
end
Named = nameless
Named.class_eval do
  public :call
end
p meter
