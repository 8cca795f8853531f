# super, modules, prepend, refinements, operators, method objects.
module Loud
  def speak(*)
    "#{super}!"
  end
end

class Animal
  def initialize(name)
    @name = name
  end

  def speak(volume = 1)
    "#{@name} #{sound * volume}"
  end

  def ==(other)
    other.is_a?(Animal)
  end

  def [](index)
    @name[index]
  end

  def -@
    :minus
  end

  private

  def sound
    "..."
  end
end

class Dog < Animal
  prepend Loud

  def initialize(name, age)
    super(name)
    @age = age
  end

  def speak(volume = 2)
    super
  end

  private

  def sound
    "wuff"
  end
end

module Shouting
  refine Integer do
    def to_s
      "refined"
    end
  end
end
using Shouting

dog = Dog.new("Rex", 3)
puts dog.speak, dog.speak(1), dog == 1, dog[0], -dog
puts dog.method(:speak).owner, 5.to_s
def dog.sit
  :sitting
end
p dog.sit, dog.public_send(:speak, 3)
