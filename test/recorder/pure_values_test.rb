# frozen_string_literal: true

# How the pure recorder shows values, classes and exceptions: doc/format/values.md, row by row.
#
# Here in this process, with types that are only remembered; the recorders are compared with each
# other under many limits at the end, and with the default ones by ConformanceTest.
require_relative "open_filter"
require_relative "recorder_case"
require_relative "shown_value"
require_relative "../../lib/codetracer/pure/values"

class PureValuesTest < RecorderCase
  parallelize_me!

  Point = Struct.new(:x, :y)
  Names = Class.new(Array)

  class Box
    def initialize(*values)
      values.each_with_index { |value, index| instance_variable_set("@v#{index}", value) }
    end
  end

  # Nothing but what BasicObject has, and even that lies.
  class Bare < BasicObject
    def ==(_other)
      ::Kernel.raise "asked"
    end
    alias equal? ==
    alias ! ==

    def method_missing(*)
      ::Kernel.raise "asked"
    end

    def respond_to_missing?(*)
      true
    end
  end

  class LyingClass
    def self.name
      raise "asked"
    end
    class << self
      alias to_s name
      alias inspect name
      alias hash name
    end
  end

  SCALARS = {
    nil => "NilClass(30) None", true => "Bool(12) true", false => "Bool(12) false",
    -7 => "Integer(7) -7", 2**63 - 1 => "Integer(7) 9223372036854775807",
    -(2**63) => "Integer(7) -9223372036854775808",
    2**63 => "Integer(7) BigInt gAAAAAAAAAA=", -(2**70) => "Integer(7) BigInt -QAAAAAAAAAAA",
    2**8192 => "Integer(16) Raw #<Integer of 8193 bits>",
    0.1 => "Float(8) 0.1", 1e15 => "Float(8) 1.0e+15", -0.0 => "Float(8) -0.0",
    5e-324 => "Float(8) 5.0e-324", Float::INFINITY => "Float(8) inf",
    -Float::INFINITY => "Float(8) -inf", Float::NAN => "Float(8) NaN",
    :sym => "Symbol(9) sym", :"a \"b\"" => "Symbol(9) a \"b\""
  }.freeze

  TEXTS = {
    "plain" => "plain", "\" \\ \n\e\u007F" => "\" \\ \n\e\u007F", "zażółć" => "zażółć",
    "x" * 11 => "#{'x' * 10}… [11 bytes]", "#{'x' * 9}é" => "#{'x' * 9}… [11 bytes]",
    "\xFFab" => "\\xFFab [invalid UTF-8, 3 bytes]",
    "\xE3\x81#{'a' * 9}" => "\\xE3\\x81aaaaaaaa… [invalid UTF-8, 11 bytes]",
    "caf\xE9".b => "caf\\xE9 [ASCII-8BIT, 4 bytes]", "plain".b => "plain",
    "ab".encode("UTF-16LE") => "a\0b\0 [UTF-16LE, 4 bytes]",
    "\u3042".encode("Shift_JIS") => "\\x82\\xA0 [Shift_JIS, 2 bytes]"
  }.freeze

  def values(**limits)
    @types = ShownValue::Types.new
    CodeTracer::Pure::Values.new({ depth: 3, items: 20, string_bytes: 200, nodes: 64, **limits },
                                 @types, OpenFilter.make)
  end

  def show(object, pure = values)
    ShownValue.text(pure.encode(object), @types)
  end

  def test_scalars
    SCALARS.each { |object, expected| assert_equal expected, show(object) }
  end

  # As JRuby needs it, against CRuby's own.
  def test_floats_made_here
    random = Random.new(7)
    floats = [0.1, 1e14, 1e15, 1e22, 1e23, 1e-4, 1e-5, 5e-324, Float::MIN, Float::MAX, 1 / 3.0] +
             (-1070..1020).step(7).map { |exponent| 2.0**exponent } +
             Array.new(500) { random.rand * 10.0**random.rand(-300..300) }
    made_here = CodeTracer::Pure::FloatText
    floats.each do |float|
      assert_equal float.to_s, made_here.send(:placed, *made_here.send(:digits_of, float))
    end
  end

  def test_texts
    TEXTS.each do |text, expected|
      assert_equal "String(9) #{expected}", show(text, values(string_bytes: 10))
      next unless text.valid_encoding?

      assert_equal "Symbol(9) #{expected}", show(text.to_sym, values(string_bytes: 10))
    end
  end

  def test_collections
    assert_equal "Array(0)[Integer(7) 1, Array(0)[]]", show([1, []])
    assert_equal "Hash(0)[Pair(27)<Symbol(9) a, Integer(7) 1>]", show({ a: 1 })
    assert_equal "PureValuesTest::Names(0)[String(9) x]", show(Names.new(["x"]))
    assert_equal "Array(0)[Integer(7) 1, Cut(16) Raw … 2 more of 3]",
                 show([1, 2, 3], values(items: 1))
    assert_equal "Hash(0)[Pair(27)<Integer(7) 0, Integer(7) 0>, Cut(16) Raw … 99 more of 100]",
                 show((0..99).to_h { |n| [n, n] }, values(items: 1))
  end

  def test_what_is_met_twice
    list = [7]
    shared = "Array(14) Reference 1 Array(0)[Integer(7) 7]"
    assert_equal "Array(0)[#{shared}, Array(16) Raw #<Array #1>]", show([list, list])
    list << list
    assert_equal "Array(14) Reference 1 Array(0)[Integer(7) 7, Array(16) Raw #<Array #1>]",
                 show(list)
    assert_equal "Array(0)[Range(6){# Identity(7) 1, begin Integer(7) 1, end Integer(7) 2, " \
                 "exclude_end Bool(12) false}, Range(16) Raw #<Range #1>]", show([(1..2)] * 2)
  end

  def test_objects
    assert_equal "PureValuesTest::Box(6){# Identity(7) 1, @v0 Integer(7) 1, @v1 NilClass(30) None}",
                 show(Box.new(1, nil))
    assert_equal "PureValuesTest::Box(6){# Identity(7) 1, @v0 Integer(7) 1, " \
                 "… Cut(16) Raw 2 more of 3}", show(Box.new(1, 2, 3), values(items: 1))
    assert_equal "PureValuesTest::Point(6){# Identity(7) 1, x Integer(7) 1, y NilClass(30) None}",
                 show(Point.new(1))
    assert_equal "Rational(6){numerator Integer(7) 1, denominator Integer(7) 3}", show(1r / 3)
    assert_equal "Complex(6){real Integer(7) 1, imaginary Integer(7) -2}", show(Complex(1, -2))
    assert_equal "PureValuesTest::Box(16) Raw #<PureValuesTest::Box #1>", show(Box.new)
    assert_equal "PureValuesTest::Bare(16) Raw #<PureValuesTest::Bare #1>", show(Bare.new)
    assert_equal "Object(16) Raw main", show(TOPLEVEL_BINDING.receiver)
  end

  def test_classes
    assert_equal "Class(16) Raw PureValuesTest::Box", show(Box)
    assert_equal "Module(16) Raw Comparable", show(Comparable)
    assert_equal "Class(16) Raw #<Class:PureValuesTest::Box>", show(Box.singleton_class)
    assert_equal "Class(16) Raw PureValuesTest::LyingClass", show(LyingClass)
    assert_equal "#<Class #2>(16) Raw #<#<Class #2> #1>", show(Class.new.new)
    single = Box.new
    assert_equal "Class(16) Raw #<Class:#<PureValuesTest::Box #1>>", show(single.singleton_class)
  end

  def test_depth
    pure = values(depth: 1)
    assert_equal "Array(0)[Array(16) Raw [… 2 items], Hash(16) Raw {… 1 pairs}, " \
                 "PureValuesTest::Box(16) Raw #<PureValuesTest::Box #1, 1 fields …>, " \
                 "PureValuesTest::Names(16) Raw #<PureValuesTest::Names …>]",
                 show([[1, 2], { 1 => 2 }, Box.new(1), Names.new], pure)
    assert_equal 1, pure.counts.cut_count
  end

  def test_nodes
    pure = values(nodes: 4)
    assert_equal "Array(0)[Array(0)[Integer(7) 1, Integer(7) 2], Cut(16) Raw … 1 more of 2]",
                 show([[1, 2], 3], pure)
    assert_equal "Hash(0)[Pair(27)<Array(0)[Integer(7) 1, Cut(16) Raw … 1 more of 2], " \
                 "Integer(7) 3>]", show({ [1, 2] => 3 }, pure)
    assert_equal 2, pure.counts.cut_count
  end

  def test_levels_that_readers_refuse
    deep = (1..20).reduce(0) { |inner, _| { 0 => inner } }
    text = show(deep, values(depth: 30, nodes: 100))
    assert_includes text, "Hash(16) Raw {… 1 pairs}"
    assert_equal 15, text.scan("Hash(0)").size
  end

  def test_types_are_told_outer_first
    pure = values(depth: 4)
    list = ["text"]
    pure.encode([Box.new([list, list])])
    assert_equal [[0, "Array"], [32, "Any"], [6, "PureValuesTest::Box", "#", "@v0"],
                  [7, "Identity"], [14, "Array"], [9, "String"], [16, "Array"]], @types.all
  end

  def test_a_name_that_comes_later
    pure = values
    late = Class.new
    assert_equal "#<Class #2>(16) Raw #<#<Class #2> #1>", show(late.new, pure)
    self.class.const_set(:Late, late)
    assert_equal "PureValuesTest::Late(16) Raw #<PureValuesTest::Late #3>", show(late.new, pure)
  end

  def test_errors
    pure = values
    assert_equal "Unwound(24) Error unwound",
                 ShownValue.text(pure.encode_error("Unwound", "unwound"), @types)
    assert_equal "NilClass(30) None", ShownValue.text(pure.encode_nil, @types)
  end

  def test_objects_are_not_kept_alive
    pure = values
    1000.times { |number| pure.encode([Box.new(number), Class.new.new, "text"]) }
    GC.start
    assert_operator ObjectSpace.each_object(Box).count, :<, 500
  end

  def test_numbers_stay_with_their_objects
    pure = values
    boxes = Array.new(300) { Box.new }
    shown = boxes.map { |box| pure.encode(box) }
    boxes.each_slice(2) { |pair| pair.last.freeze }
    GC.compact if GC.respond_to?(:compact)
    assert_equal shown, boxes.map { |box| pure.encode(box) }
  rescue NotImplementedError
    skip "GC.compact does not work here"
  end

  def test_threads_never_see_their_hash_iterated
    pure = values
    hash = (1..1000).to_h { |number| [number, number] }
    failure = nil
    writer = Thread.new { 200_000.times { |n| hash["k#{n % 10}"] = hash.delete("k#{n % 7}") } }
    writer.report_on_exception = false
    pure.encode(hash) while writer.alive?
    writer.join
  rescue RuntimeError => failure
    flunk failure.message
  end
end
