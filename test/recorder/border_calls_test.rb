# frozen_string_literal: true

# --border-calls: calls of skipped Ruby code are kept with arguments and result, and nothing of
# what is in them.
#
# Each program through both recorders, which have to tell the same but for what may differ.
require_relative "api_case"
require_relative "../conformance/differences"

class BorderCallsTest < ApiCase
  parallelize_me!

  LIBRARY = <<~'RUBY'
    class Library
      def initialize(size)
        @size = size
      end

      def inner(a, b = 2, *rest, key:, **others)
        hidden = deeper(a)
        [hidden, b]
      end
      alias other inner

      def deeper(a)
        a + 1
      end

      def each
        yield 1
        yield 2
        :each
      end

      def fail(text)
        raise ArgumentError, text
      end

      def rescued
        fail("inside")
      rescue ArgumentError
        :rescued
      end

      def fetch_token
        "pl4nted" * 2
      end
    end
  RUBY

  PROGRAM = <<~'RUBY'
    require_relative "library"
    def own(library)
      library.inner(1, key: 3)
    end
    library = Library.new(5)
    own(library)
    library.other(1, 4, 5, key: 6, more: 7)
    library.each { |x| own(library) if x == 2 }
    library.rescued
    begin
      library.fail("out")
    rescue ArgumentError => e
      text = e.message
    end
    catch(:away) { library.each { throw :away } }
    library.fetch_token
    [library].map(&:deeper) rescue 1
    require "shellwords"
    Shellwords.split("a b")
    Thread.new { library.deeper(8) }.join
  RUBY

  # Code that comes and goes: its memory is used again for other code.
  RELOADING = <<~'RUBY'
    Target = Module.new
    sizes = [0, 1, 2, 30, 60, 120]
    sizes.each do |size|
      names = Array.new(size) { |i| "a#{i}" }.join(", ")
      File.write("library#{size}.rb", "def Target.gen(#{names}); #{size}; end\n")
    end
    random = Random.new(7)
    600.times do |turn|
      size = sizes.sample(random: random)
      load "./library#{size}.rb"
      Target.gen(*[turn] * size)
      GC.start if turn % 3 == 0
    end
  RUBY

  # Up to Ruby 2.7 RubyGems is a library like others.
  NOT_MEANT = ["own", "<top-level>", "<thread 1>", "Kernel#require"].freeze

  def test_what_is_kept
    record_border
    assert_equal ["Library#inner", "Library#other (alias of inner)", "Library#each",
                  "Library#inner", "Library#rescued", "Library#fail", "Library#each",
                  "Library#fetch_token", "Shellwords.split (alias of shellsplit)",
                  "Library#deeper"], called - NOT_MEANT
    assert_match(/call Library#inner\(self=\S+.*, a=Integer:1, b=.*key=Integer:3/, @events)
    assert_match(/<return_value> = Sequence|<return_value> = Array/, @events)
  end

  def test_nothing_of_what_is_inside
    record_border
    refute_match(/hidden|step .*library\.rb:/, @events)
    refute_match(/inside/, @events) # it was rescued in there
    assert_equal 1, @events.scan(/event 11 .*"ArgumentError: out"/).size
    refute_includes @events, "pl4nted"
    assert_empty Dir[in_folder("trace/files/**/library.rb")]
  end

  # Between the caller and the method is the frame of a block in C.
  def test_procs_of_methods
    record_border(program: <<~'RUBY')
      require_relative "library"
      def twice
        yield 1
        yield 2
      end

      def own(number)
        number * 2
      end
      library = Library.new(5)
      [3].map(&library.method(:deeper))
      [3].map(&method(:own))
      twice(&library.method(:deeper))
      library.method(:deeper).to_proc.call(5)
      library.each(&method(:own))
      library.each(&library.method(:deeper))
    RUBY
    assert_equal ["twice", *["Library#deeper"] * 3, *["Library#each"] * 2], called - NOT_MEANT
    assert_equal 3, called.count("own")
  end

  def test_with_depth
    record_border("--depth", "1")
    assert_equal 1, called.count("own") # the other is in Library#each
    refute_includes called, "Library#inner"
    assert_equal 2, called.count("Library#each")
  end

  # Their code is recorded, which no file's name tells.
  def test_methods_of_evals
    record_border(program: <<~'RUBY')
      eval("def first(x); x; end")
      first(1)
      first(2)
      Own = Class.new
      Own.class_eval("def second; [1].each { |x| x }; end", __FILE__, __LINE__)
      Own.new.second
      Own.class_eval("class Inner; def self.third; 3; end; end")
      Own::Inner.third
      GC.start
      eval("def fourth; 4; end")
      fourth
    RUBY
    assert_equal ["first", "first", "Own#second", "<class:Inner>", "Own::Inner.third", "fourth"],
                 called - NOT_MEANT
  end

  def test_code_that_is_collected
    path = write_program("program.rb", RELOADING)
    run = record("--recorder", "native", "--profile", "json", "--border-calls", "--skip",
                 "library*.rb", path, chdir: @folder)
    assert run.status.success?, run.to_s
    calls = checked_events.scan(/^ *call Target\.gen.*\n(?: .*\n)*? *return Integer:\d+/)
    sizes = calls.map { |text| [text[/.*/].scan(/ a\d+=/).size, text[/\d+\z/].to_i] }
    assert_equal 600, sizes.size
    assert_empty sizes.reject { |shown, real| shown == real }
  end

  def test_by_the_api
    write_program("library.rb", LIBRARY)
    run_program(<<~'RUBY')
      require_relative "library"
      library = Library.new(5)
      CodeTracer.record(out_dir: "t", skip: "library.rb", border_calls: true) { library.deeper(1) }
    RUBY
    assert_match(/call Library#deeper\(.*a=Integer:1/, events("t"))
    facts = JSON.parse(File.read(in_folder("t/trace_info.json")))
    assert facts["calls"]["border_calls"]
  end

  # On Ruby 2.7 methods that are blocks are no calls for the native recorder.
  DEFINED = RUBY_VERSION < "3.0" ? "def defined(x); x; end" : "define_method(:defined) { |x| x }"
  OWN = <<~RUBY
    class Order
      def pay(n)
        [n].each { |x| check(x) }
        audit(n + 1)
      end

      def check(x)
        x
      end

      def audit(x)
        check(x)
        [x].map { |each| check(each) }
      end
      eval("def summed(x); x + 1; end")
      #{DEFINED}
    end
    order = Order.new
    order.pay(1)
    order.audit(5)
    order.summed(6)
    order.summed(7)
    order.defined(8)
    order.check(9)
  RUBY

  # Own methods that a rule skips are a border from their first call on; what they call is recorded,
  # and what they call that is skipped as well is none.
  def test_own_methods_that_are_skipped
    { "Order#audit" => %w[Order#pay Order#check Order#audit Order#check Order#check Order#audit
                          Order#check Order#check Order#summed Order#summed Order#defined
                          Order#check],
      "Order#summed" => %w[Order#pay Order#check Order#audit Order#check Order#check Order#audit
                           Order#check Order#check Order#summed Order#summed Order#defined
                           Order#check],
      "Order#*" => %w[Order#pay Order#audit Order#summed Order#summed Order#defined Order#check] }
      .each do |pattern, calls|
        record_border("--skip-method", pattern, program: OWN)
        assert_equal calls, called - ["<top-level>", "<class:Order>"], pattern
      end
  end

  private

  def record_border(*flags, program: PROGRAM)
    write_program("library.rb", LIBRARY)
    path = write_program("program.rb", program)
    native, pure = %w[native pure].map do |name|
      run = record("--recorder", name, "--profile", "json", "--border-calls", "--skip",
                   "library.rb", *flags, path, chdir: @folder)
      assert run.status.success?, run.to_s
      checked_events
    end
    @events = native
    native, pure = Differences.all(native), Differences.all(pure)
    assert_equal native, Differences.completed(pure, native)
  end

  def called
    @events.scan(/^ *call (.+?)\(self|^ *call (<top-level>|<thread 1>)/).flatten.compact
  end
end
