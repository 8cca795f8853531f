# GC.stress for a while: a collection at every allocation.
class Pair
  def initialize(left, right)
    @left = left
    @right = right
  end

  def swap
    Pair.new(@right, @left)
  end
end

def stressed
  GC.stress = true
  yield
ensure
  GC.stress = false
end

pair = Pair.new("a", [1])
swapped = stressed { pair.swap }
puts swapped.instance_variables.size, GC.stress
