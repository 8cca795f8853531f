# ObjectSpace.each_object finds the program's objects, and no copies of them.
class Rare
  attr_reader :number

  def initialize(number)
    @number = number
  end
end

def numbers
  ObjectSpace.each_object(Rare).map(&:number).sort
end

first = Rare.new(1)
second = Rare.new(2)
child = Class.new(Rare)
p numbers, ObjectSpace.each_object(Rare).include?(first), second.number
p ObjectSpace.each_object(Rare.singleton_class).to_a.size, child.new(3).is_a?(Rare)
p ObjectSpace.each_object(Class).include?(Rare), ObjectSpace.count_objects.key?(:T_OBJECT)
