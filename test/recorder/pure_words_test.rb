# frozen_string_literal: true

# What the pure recorder says of classes, methods and exceptions, and that it asks none of them.
#
# All that an exception or its receiver could be asked raises here; NAME_ERRORS holds each way in
# which the VM words a NameError.
require_relative "recorder_case"
require_relative "../../lib/codetracer/pure/exception_text"

class PureWordsTest < RecorderCase
  parallelize_me!

  QUOTES = RUBY_VERSION >= "3.4" ? "''" : "`'"

  # An error that may only be looked at.
  class Sealed < StandardError
    ASKED = %i[message to_s inspect detailed_message full_message backtrace == exception class
               respond_to? initialize_copy initialize_dup hash].freeze
    ASKED.each { |name| define_method(name) { |*| raise "asked" } }
  end

  # An object that may only be looked at; none of its names is to be found.
  class Shelf
    %i[inspect to_s to_str class respond_to? hash ==].each do |name|
      define_method(name) { |*| raise "asked" }
    end

    class << self
      %i[inspect name to_s].each { |name| define_method(name) { |*| raise "asked" } }
    end

    def over
      super
    end

    private def hidden; end
  end

  # Only the class answers for itself.
  class Talking < StandardError
    def self.respond_to?(*)
      raise "asked"
    end
  end

  NAME_ERRORS = {
    -> { Shelf.new.none } => "NoMethodError: undefined method <none> for an instance of S",
    -> { Shelf.none } => "NoMethodError: undefined method <none> for class S",
    -> { nil.none } => "NoMethodError: undefined method <none> for nil",
    -> { TOPLEVEL_BINDING.receiver.none } =>
      "NoMethodError: undefined method <none> for main:Object",
    -> { Shelf.new.hidden } =>
      "NoMethodError: private method <hidden> called for an instance of S",
    -> { Shelf.new.over } =>
      "NoMethodError: super: no superclass method <over> for an instance of S",
    -> { Shelf.new.instance_eval { none } } =>
      "NameError: undefined local variable or method <none> for an instance of S",
    -> { Shelf::None } => "NameError: uninitialized constant S::None",
    -> { Object.const_get(:None) } => "NameError: uninitialized constant None",
    -> { Shelf.instance_method(:none) } => "NameError: undefined method <none> for class <S>",
    -> { Comparable.instance_method(:none) } =>
      "NameError: undefined method <none> for module <Comparable>",
    -> { Shelf.class_variable_get(:@@none) } =>
      "NameError: uninitialized class variable @@none in S",
    -> { Shelf.const_get("none") } => "NameError: wrong constant name none",
    -> { binding.local_variable_get(:none) } =>
      "NameError: local variable <none> is not defined for an instance of Binding",
    -> { raise NameError.new("in words", :none) } => "NameError: in words"
  }.freeze

  OTHERS = {
    -> { raise "text" } => "RuntimeError: text",
    -> { raise KeyError } => "KeyError: KeyError",
    -> { raise "caf\xE9".b } => "RuntimeError: caf\\xE9",
    -> { Integer("x") } => "ArgumentError: invalid value for Integer(): \"x\"",
    -> { {}.fetch(:key) } => "KeyError: key not found: :key",
    -> { throw :ball } => "UncaughtThrowError: uncaught throw :ball",
    -> { throw Shelf.new } => "UncaughtThrowError: uncaught throw an instance of S",
    -> { raise RuntimeError, :sym } => "RuntimeError: sym",
    -> { raise Sealed } => "PureWordsTest::Sealed: PureWordsTest::Sealed",
    -> { raise Talking.new("text") } =>
      "PureWordsTest::Talking: not captured: its class has a respond_to? of its own"
  }.freeze

  # Redefines what Ruby's own classes have, for all objects, and shows some of them.
  WATCHED = <<~'RUBY'
    require "%s"

    types = Object.new
    def types.type_id(*type)
      @all ||= []
      @all.index(type) || (@all.push(type).size - 1)
    end
    limits = { depth: 3, items: 3, string_bytes: 10, nodes: 64 }
    pure = CodeTracer::Pure::Values.new(limits, types, OpenFilter.make)
    texts = CodeTracer::Pure::ExceptionText.new(pure.class_names, self)
    Point = Struct.new(:x)
    point = Point.new(1)
    point.instance_variable_set(:@extra, 1)
    objects = [1_000_003, 2**70, 0.5, :sym, +"text", +"\xFF", "x" * 20, [1], [1, 2, 3, 4],
               { 1 => 2 }, { 1 => 2, 3 => 4, 5 => 6, 7 => 8 }, point, 1..2, 1r, 1i, Point,
               Comparable, Class.new, point.singleton_class, Object.new, BasicObject.new,
               Thread.current]
    error = RuntimeError.new("text")
    PROGRAMS_OWN = {}.compare_by_identity
    [*objects, error].each { |object| PROGRAMS_OWN[object] = true }
    $calls = []

    [String, Array, Hash, Symbol, Integer, Float, Range, Rational, Complex, Struct, Module, Class,
     Thread, Exception, Kernel, BasicObject].each do |owner|
      names = owner.instance_methods(false) + owner.private_instance_methods(false)
      names -= %%i[__send__ class_eval prepend instance_methods private_instance_methods initialize
                  ruby2_keywords define_method]
      owner.class_eval do
        names.each do |name|
          original = instance_method(name)
          define_method(name) do |*words, &block|
            if $watches
              $watches = nil
              $calls << name if PROGRAMS_OWN.key?(self)
              $watches = true
            end
            original.bind_call(self, *words, &block)
          end
          ruby2_keywords(name)
        end
      end
    end

    $watches = true
    objects.each { |object| pure.encode(object) }
    texts.whole(error)
    $watches = nil
    puts $calls.uniq
  RUBY

  def setup
    super
    @names = CodeTracer::Pure::ClassNames.new
    @texts = CodeTracer::Pure::ExceptionText.new(@names, TOPLEVEL_BINDING.receiver)
  end

  def error_of(action)
    action.call
    flunk "nothing was raised"
  rescue StandardError => e
    e
  end

  def whole(action)
    CodeTracer::Pure::Text.escape(@texts.whole(error_of(action)))
  end

  def test_name_errors
    NAME_ERRORS.each do |action, expected|
      expected = expected.gsub(/\bS\b/, "PureWordsTest::Shelf")
      expected = expected.gsub(/(?<= )<(.*?)>(?=[ ,]|\z)/) { "#{QUOTES[0]}#{$1}#{QUOTES[1]}" }
      assert_equal expected, whole(action)
    end
  end

  def test_other_exceptions
    OTHERS.each do |action, expected|
      assert_equal expected.sub(" S", " PureWordsTest::Shelf"), whole(action)
    end
  end

  def test_a_message_that_is_no_text
    error = RuntimeError.exception(Shelf.new)
    assert_equal "RuntimeError: an instance of PureWordsTest::Shelf", @texts.whole(error)
  end

  def test_long_messages
    error = RuntimeError.new("x" * 20_000)
    assert_equal 20_014, @texts.whole(error).bytesize
    assert_equal 16_384, @texts.event(error).bytesize
  end

  def test_methods
    single = Object.new
    def single.own; end
    main = TOPLEVEL_BINDING.receiver.singleton_class
    { [Shelf, :x] => "PureWordsTest::Shelf#x", [Object, :x] => "x", [nil, :x] => "x",
      [Shelf.singleton_class, :x=] => "PureWordsTest::Shelf.x=", [main, :x] => "main.x",
      [single.singleton_class, :own] => "#<Object #1>.own", [Module.new, :x] => "#<Module #2>#x",
      [Comparable, :clamp] => "Comparable#clamp" }.each do |(owner, name), expected|
      assert_equal expected, @names.method_name(owner, name)
    end
  end

  def test_nothing_of_the_program_is_called
    library = File.join(ROOT, "lib", "codetracer", "pure")
    first = %W[#{library}/values #{__dir__}/open_filter].map { |file| "require \"#{file}\"\n" }
    text = format(first.join + WATCHED, "#{library}/exception_text")
    run = ruby("-W0", write_program("watched.rb", text))
    assert run.status.success?, run.to_s
    assert_equal "", run.out
  end
end
