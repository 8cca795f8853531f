# Methods of Ruby's own classes that the program replaces for everybody.
class String
  alias_method :plain_size, :size

  def size
    plain_size
  end
end

class Object
  def blank?
    false
  end

  def try(name)
    public_send(name)
  end
end

class NilClass
  def blank?
    true
  end

  def method_missing(name, *)
    name == :anything ? self : super
  end

  def respond_to_missing?(*)
    false
  end
end

class Integer
  def minutes
    self * 60
  end
end

class Array
  def second
    self[1]
  end
end

module Kernel
  def tell(text)
    puts "told #{text}"
  end
end

p "four".size, nil.blank?, 1.blank?, nil.anything, 5.minutes, [1, 2].second, 3.try(:succ)
tell("you")
