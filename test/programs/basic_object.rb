# A receiver and a local without any of Object's methods.
class Bare < BasicObject
  def initialize(value)
    @value = value
  end

  def double
    @value * 2
  end
end

bare = Bare.new(21)
puts bare.double
list = [bare]
puts list.size
