# frozen_string_literal: true

# A random graph of values from a seed: nested, shared and cyclic, of nearly every kind.
#
# Used by value_graphs.rb, once to be recorded and once to be put into words: the same seed gives
# the same graph.
require "set"

class RandomValue
  Point = Struct.new(:x, :y)
  class Box
    def hold(name, value)
      instance_variable_set(name, value)
    end
  end

  class Chain < Array; end

  class Label < String; end

  class Failure < StandardError; end

  TEXTS = ["", "plain", "two words", "quote \" and \\", "é € 😀", "line\nend", "a" * 199, "b" * 201,
           "é" * 120, "\xFF\x00".b, "a\xC3z", "caf\xE9".dup.force_encoding("ISO-8859-1"),
           "\x93\xFA".dup.force_encoding("Shift_JIS"), "ascii".encode("UTF-16LE")].freeze
  NUMBERS = [0, -1, 2**62, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**70, 10**100, 2**8192,
             0.1, -0.0, 1e100, 5e-324, Float::INFINITY, -Float::INFINITY, Float::NAN].freeze
  SYMBOLS = [:a, :"two words", :"é", :+, :x?, :"#{'s' * 201}",
             "caf\xE9".dup.force_encoding("ISO-8859-1").to_sym].freeze
  LEAVES = %i[number symbol constant small text moment pattern module exact range].freeze
  NODES = %i[array array hash object object struct set failure chain label range].freeze

  def initialize(seed)
    @random = Random.new(seed)
    @pool = []
  end

  def value
    make(0)
  end

  private

  def make(depth)
    return @pool.sample(random: @random) if !@pool.empty? && @random.rand(8).zero?

    kinds = depth < 6 && @random.rand(3 + depth) < 3 ? NODES : LEAVES
    send(:"make_#{kinds.sample(random: @random)}", depth)
  end

  def some(depth)
    count = @random.rand(30).zero? ? 25 : @random.rand(5)
    Array.new(count) { make(depth + 1) }
  end

  def keep(object)
    @pool << object
    object
  end

  def make_number(_depth)
    NUMBERS.sample(random: @random)
  end

  def make_small(_depth)
    @random.rand(-1000..1000)
  end

  def make_symbol(_depth)
    SYMBOLS.sample(random: @random)
  end

  def make_constant(_depth)
    [nil, true, false].sample(random: @random)
  end

  def make_text(_depth)
    TEXTS.sample(random: @random).dup
  end

  def make_moment(_depth)
    Time.at(@random.rand(-(2**40)..2**40), @random.rand(3) * 1000, :nsec)
  end

  def make_pattern(_depth)
    [/a+/, /b(c)?/mi, %r{/x}x, /a(b)(x)?/.match("ab")].sample(random: @random)
  end

  def make_module(_depth)
    [Comparable, String, Encoding::UTF_8, Random.new(7), Point].sample(random: @random)
  end

  def make_exact(_depth)
    [Rational(1, 3), Complex(1, -0.5), Rational(-5, 10**30)].sample(random: @random)
  end

  def make_range(_depth)
    [1..2, (1...nil), ("a".."c"), 0.5..1.5].sample(random: @random).dup
  end

  def make_array(depth)
    keep([]).concat(some(depth))
  end

  def make_chain(depth)
    chain = keep(Chain.new).concat(some(depth))
    chain.instance_variable_set(:@note, make(depth + 1)) if @random.rand(2).zero?
    chain
  end

  def make_label(depth)
    label = keep(Label.new(make_text(depth)))
    label.instance_variable_set(:@note, make(depth + 1)) if @random.rand(2).zero?
    label
  end

  def make_hash(depth)
    hash = keep({}.compare_by_identity)
    some(depth).each { |value| hash[make(depth + 2)] = value }
    hash
  end

  def make_set(depth)
    set = keep(Set.new.compare_by_identity)
    some(depth).each { |value| set << value }
    set
  end

  def make_object(depth)
    box = keep(Box.new)
    some(depth).each_with_index { |value, index| box.hold("@v#{index}", value) }
    box
  end

  def make_struct(depth)
    point = keep(Point.new)
    point.x = make(depth + 1)
    point.y = make(depth + 1)
    point.instance_variable_set(:@extra, make(depth + 1)) if @random.rand(3).zero?
    point
  end

  def make_failure(depth)
    failure = keep(Failure.new(*[make_text(depth), nil].sample(random: @random)))
    failure.instance_variable_set(:@amount, make(depth + 1)) if @random.rand(2).zero?
    failure
  end
end
