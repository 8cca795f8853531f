# frozen_string_literal: true

# What --expressions must not do: show what is redacted, tell an old value that is another's, run
# the program's code, lose its file when a line takes long.
#
# Each is a small program; what it prints is compared with a plain run.
require_relative "expressions_case"

class ExpressionsMannersTest < ExpressionsCase
  parallelize_me!

  def test_values_under_keys_that_are_secret
    text = told(<<~'RUBY')
      params = { "user" => "bob", "password" => 1234, "token" => [:a, 99], pin: 5.5 }
      params.each_key { |k| params[k] = 4321 unless k == "user" }
      params.store("password", 8765)
      key = "password"
      params[*[key]] = 5678
      params["user"] = "eve"
    RUBY
    assert_includes text, 'before "bob"'
    told = text.scan(/^ +\d+:\d+-\d+ (params\[.*|params\.store.*)/).flatten
    assert_equal 3, told.count { |line| line.start_with?(/params\[\*?\[?k.*\] = <<redacted>>, /) }
    told = told.map { |line| line.sub('"password", 8765', "") } # the source's own
    refute_match(/\b(1234|99|8765|5678)\b/, told.join)
  end

  def test_rules_for_arguments_hide_defaults_too
    filter = write_program("filter.toml", <<~TOML)
      #{FILTER_OF_ALL}[[scope.rules.value_patterns]]
      selector = "arg:zed"
      action = "redact"
    TOML
    text = told(<<~'RUBY', "--trace-filter", filter)
      def m(zed = 40 + 2,
            other = 7)
        zed = 43
        other
      end
      m
    RUBY
    assert_includes text, "zed = <<redacted>>, before <<redacted>>"
    assert_includes text, "other = 7"
  end

  # A rule of Ruby's own: where `@@c` is looked up is where the code stands.
  def test_class_variables_are_told_where_it_is_sure_whose_they_are
    text = told(<<~'RUBY')
      class A
        @@c = 1
        def set
          @@c = 2
        end
      end
      A.new.set
      class B
        @@c = 50
        A.class_eval { @@c = 51 }
      end
    RUBY
    assert_includes text, "@@c = 2, before 1"
    refute_match(/@@c = 51, before/, text)
  end

  def test_verbose_is_told_as_it_was
    text = told("$VERBOSE = true\n$VERBOSE = nil\n$VERBOSE = false\n")
    assert_includes text, "$VERBOSE = nil, before true"
  end

  def test_a_writer_that_is_defined_anew_has_no_old_value
    text = told(<<~'RUBY')
      class A
        attr_writer :n
        def initialize
          @n = 1
        end
      end
      class B < A; end
      def set(o, v)
        o.n = v
      end
      a = A.new
      [B.new, a, a].each { |o| set(o, 3) }
      class A
        def n=(v)
          @other = v
        end
      end
      set(a, 5)
    RUBY
    assert_match(/o\.n = 3, .*before 3/, text)
    refute_match(/o\.n = 5, .*before/, text)
  end

  def test_attributes_of_any_letters
    text = told(<<~'RUBY')
      class A
        attr_writer :übung
      end
      a = A.new
      2.times { |i| a.übung = i }
    RUBY
    assert_match(/a\.übung = 1, .*before 0/, text)
  end

  # Ruby warns of a constant that is read, but not of one that is assigned.
  def test_no_warning_comes_of_looking
    told(<<~'RUBY')
      module Warning
        def self.warn(message, **)
          raise message
        end
      end
      Warning[:deprecated] = true
      class K
        X = 1
        deprecate_constant :X
        begin
          X = 2
        rescue => e
          puts e.message[/already|deprecated/]
        end
      end
    RUBY
  end

  # The writer flushes what it has when the program is quiet.
  def test_a_pause_within_a_line
    text = told("n = 5\na = n + 1; sleep 0.8; b = a + 2\nc = b\n")
    assert_equal %w[6 8 8], text.scan(/^\s*\d+:\d+-\d+ [abc] = (\d+)/).flatten
  end

  def test_defaults_of_a_call_that_never_began
    text = told(<<~'RUBY')
      $n = 0
      def g
        $n += 1
        raise "x" if $n == 1
        $n
      end
      def f(a = $n + 100, b = g)
        a + b
      end
      x = (f rescue 0); y = f
      p x, y
    RUBY
    assert_equal ["101"], text.scan(/\$n \+ 100 => (\d+)/).flatten
    assert_equal ["101"], text.scan(/ a = (\d+)/).flatten
  end

  # Fibers that wait in a default keep their own values waiting, and nobody else's.
  def test_fibers_that_never_leave_a_default
    text = told(<<~'RUBY')
      def f(a = 10 + 1, b = Fiber.yield + 1)
        a + b
      end
      fibers = Array.new(400) { Fiber.new { f } }
      fibers.each(&:resume)
      def g(z = 3 * 7)
        z
      end
      g
      fibers.first.resume(1)
    RUBY
    assert_includes text, "3 * 7 => 21"
    assert_equal 1, text.scan("10 + 1 => 11").size
  end

  def test_threads_that_end_in_a_default
    text = told(<<~'RUBY')
      NOTHING = Queue.new
      def f(a = 10 + 1, b = NOTHING.pop)
        a + b
      end
      20.times do
        threads = Array.new(100) { Thread.new { f } }
        Thread.pass until threads.all?(&:stop?)
        threads.each(&:kill).each(&:join)
      end
      def g(z = 3 * 7)
        z
      end
      g
    RUBY
    assert_includes text, "3 * 7 => 21"
    refute_includes text, "10 + 1 => 11"
  end

  private

  # The expressions of a recorded run, which is as a plain one.
  def told(text, *options)
    program = write_program("program.rb", text)
    plain = ruby(program)
    run = ruby(RECORDER, "--quiet", "--expressions", "-o", in_folder("trace"), *options, program)
    assert_equal [plain.out, plain.err, plain.ending], [run.out, run.err, run.ending]
    printed = Command.run(CTRACE, "print", "--expressions", in_folder("trace"))
    assert_equal "", printed.err
    printed.out.force_encoding(Encoding::UTF_8)
  end
end
