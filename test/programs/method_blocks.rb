# requires: 3.0
# Methods made of blocks, procs, lambdas and other methods: calls like any other.
class Shape
  sides = 4
  define_method(:area) do |width, height = (width * 2), *rest, unit: "cm", **more, &block|
    inner = block ? block.call(width) : width
    [inner * height, unit, rest, more.to_a]
  end

  define_method(:sides) { sides }
  define_method(:empty) {}
  %w[grow shrink].each_with_index do |name, index|
    define_method(name) { |by| by * (index + 1) }
  end

  doubled = proc { |n| n + n }
  define_method(:doubled, &doubled)
  strict = lambda { |n| return n if n > 5; -n }
  define_method(:strict, strict)
  define_method(:strict_too, instance_method(:strict))
  define_method(:sum, [1, 2, 3].method(:sum).to_proc)
  define_method(:to_text, &:to_s)

  define_method(:search) do |list, wanted|
    list.each do |item|
      return item if item == wanted
      return nil if item.nil?
    end
    :missing
  end

  define_method(:fail_with) do |text|
    begin
      raise ArgumentError, text
    ensure
      @failed = text
    end
  end

  define_method(:throw_out) do |value|
    throw :out, value
  end

  define_method(:tried) do |count|
    tries = 0
    begin
      tries += 1
      raise KeyError, "once" if tries < count
      tries
    rescue KeyError
      retry
    end
  end

  define_method(:count_down) { |n| n.zero? ? [] : [n] + count_down(n - 1) }
end

class Square < Shape
  define_method(:area) { |width, *| super(width, width, unit: "mm") }
  define_method(:sides) { super() + 0 }
  def doubled(n)
    super + 1
  end
end

shape = Shape.new
p shape.area(2), shape.area(2, 3, 4, unit: "m", color: 5) { |n| n + 1 }
p shape.sides, shape.empty, shape.grow(3), shape.shrink(3), shape.doubled(4)
p shape.strict(9), shape.strict(1), shape.strict_too(9), shape.sum
p shape.search([1, 2, 3], 2), shape.search([1, nil, 2], 2), shape.search([], 1)
begin
  shape.fail_with("no")
rescue ArgumentError => e
  puts e.message
end
p catch(:out) { shape.throw_out(7) }, shape.tried(3), shape.count_down(2)
square = Square.new
p square.area(3, 4), square.sides, square.doubled(1)
shape.define_singleton_method(:own) { |n = 1| n }
p shape.own, [1, 2].map(&shape.method(:own)), shape.method(:grow).unbind.bind(shape).call(5)
p shape.instance_exec(2, &Shape.new.method(:grow).to_proc)
