# Values in shapes that meet the limits in every way: shared, nested, nameless, cut twice.
# golden: none (each limit shows it differently; the recorders are compared with each other)
class Kept < Array; end

class Pairs < Hash; end

class Wide
  def initialize(count)
    count.times { |index| instance_variable_set("@v#{index}", index) }
  end
end

class Holder
  def initialize(value)
    @value = value
    @list = [value, value]
  end
end

Big = Struct.new(*("a".."z").map { |letter| :"m_#{letter}" })

def show(value)
  value
end

def nested(count, value = [])
  count.times { value = yield(value) }
  value
end

def shared_values
  array, range, holder, text = [1, 2], 1..3, Holder.new(0), "shared"
  hash = { list: array }
  kept = Kept.new([Kept.new([1]), Pairs.new.merge!(1 => Kept.new)])
  [[array, array, hash, hash, range, range, text, text, holder, holder],
   [[[array]], [[array]], [[range]], [[range]], [[kept]], [[kept]]], [[[kept, kept]]]]
end

def cyclic_values
  array, hash, holder = [], {}, Holder.new(nil)
  array << array << { array => array }
  hash[hash] = hash
  holder.instance_variable_set(:@value, holder)
  [array, hash, holder]
end

def nested_values
  [nested(20) { |value| [value] }, nested(20) { |value| { 1 => value } },
   nested(20) { |value| Holder.new(value) },
   nested(10) { |value| { [value] => Kept.new([Big.new(value)]) } }]
end

def wide_values
  [Wide.new(30), [Wide.new(3), Wide.new(25), Wide.new(0)], Big.new(*1..26),
   (1..50).map { |number| [number, [number]] }.to_h, Array.new(30) { |at| Array.new(30, at) },
   { [1, [2, [3, [4]]]] => 1, { a: 1 } => 2, Holder.new(1) => 3 }]
end

def nameless_values
  nameless = Class.new
  inner = Class.new { const_set(:Inner, Class.new) }
  single = Object.new
  def single.own; end
  [nameless, nameless.new, Class.new(Array).new([1, [2]]), Class.new(Hash).new.merge!(1 => 2),
   Struct.new(:x).new(1), Class.new(String).new("s"), Module.new, inner::Inner.new,
   single.singleton_class, single.singleton_class.singleton_class, Holder.singleton_class]
end

def numbers
  [1r, 2i, Complex(1r, 2.5), Rational(2**80, 3), -0.0, 1e22, 1e-5, 123_456_789_012_345_680.0,
   2**8191, 2**8192, -(2**63), -(2**63) - 1, 2**63, 2**62, -(2**62) - 1]
end

def texts
  ["", "a" * 200, "a" * 201, "é" * 101, "#{'a' * 199}é", "#{'a' * 198}\u{1F600}", "\xFF" * 201,
   "#{'a' * 199}\xE3\x81", "\u3042".encode("EUC-JP"), "abc".encode("UTF-16"),
   "".encode("UTF-16LE"), "\e\u007F\u0080\u2028\b\f\v\"\\/", ("x" * 300).encode("Shift_JIS"),
   "caf\xE9".b, "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xC0\x80", "a\0b",
   "\u3042".encode("ISO-2022-JP"), :"", :"a b", :é, "q#{'q' * 300}".to_sym, "\xFF".b.to_sym]
end

[shared_values, cyclic_values, nested_values, wide_values, nameless_values, numbers, texts]
  .each { |values| values.each { |value| show(value) } }
named_later = Class.new
show(named_later.new)
Named = named_later
show(named_later.new)
puts "shown"
