# Methods called like operators, with spaces, in other scripts, with ? ! and =.
class Vector
  attr_reader :x

  def initialize(x)
    @x = x
  end

  def +(other)
    Vector.new(@x + other.x)
  end

  def -@
    Vector.new(-@x)
  end

  def +@
    self
  end

  def !
    :not
  end

  def ~
    :tilde
  end

  def ==(other)
    @x == other.x
  end

  def !=(other)
    :differs
  end

  def =~(_)
    :matches
  end

  def <=>(other)
    @x <=> other.x
  end

  def ===(_)
    true
  end

  def [](*index)
    index
  end

  def []=(index, value)
    @x = [index, value]
  end

  def **(power)
    @x**power
  end

  def <<(other)
    @x += other
    self
  end

  def `(text)
    "ran #{text}"
  end

  def run
    `ls`
  end


  def call(*)
    :called
  end

  def clear!
    @x = 0
  end

  def größe
    @x
  end

  define_method("with space") { |n = 1| n + 1 }

  def to_proc
    ->(n) { n + @x }
  end

  def coerce(number)
    [Vector.new(number), self]
  end
end

one = Vector.new(1)
two = one + one
p two.x, (-two).x, (+two).x, !two, ~two, one == one, one != two, one =~ two, one <=> two
p one[1, 2], one ** 3, (one << 4).x, one.run, one.(5), one.größe, one.send("with space", 3)
p [1, 2].map(&one), (3 + two).x
case 5
when one then puts "any"
end
one[:key] = :value
p one.x, one.clear!
