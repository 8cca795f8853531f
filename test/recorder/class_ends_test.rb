# frozen_string_literal: true

# Class bodies that an exception or a throw leaves, and that listening for it changes no code.
#
# What a program's own TracePoints are told stays what it was, of code that was there before a class
# body was recorded, and of code that is compiled later.
require_relative "recorder_case"

class ClassEndsTest < RecorderCase
  parallelize_me!

  FALLBACK = { "CODETRACER_RUBY_FORCE_FALLBACK" => "1" }.freeze
  # After the first body the hook is on; code of all ages is then listened to by the program.
  PROGRAM = <<~'RUBY'
    require_relative "lib/old"
    class First
      raise "a" if defined?(First)
    rescue
      X = 1
    end
    begin
      class Left
        X = 1
        raise "b"
      end
    rescue => e
      p e.message
    end
    catch(:out) { class << self; x = 2; throw :out if x; end }
    seen = []
    own = TracePoint.new(:class, :end, :call, :b_return) do |tp|
      seen << [tp.event, File.basename(tp.path), tp.lineno, tp.method_id]
    end
    own.enable { require_relative "lib/new"; Old.new.body; New.new.body; class Last; end }
    class Between; end
    own.enable { Old.new.body; New.new.body; eval("class Evaluated; end") }
    puts seen.map(&:inspect)
  RUBY
  PART = <<~RUBY
    class NAME
      def body
        [1].each { |x| x }
        class << self
          x = 1
        end
        self.class.class_eval { def other; end }
        Class.new { def a; end }
      end
    end
  RUBY

  def setup
    super
    write_program("lib/old.rb", PART.sub("NAME", "Old"))
    write_program("lib/new.rb", PART.sub("NAME", "New"))
    @path = write_program("p.rb", PROGRAM)
  end

  def check(*words, **options)
    recorded = record(*words, @path, **options)
    assert_same_run(ruby(@path), recorded)
    checked_events
  end

  def test_own_tracepoints_are_told_the_same
    check
  end

  def test_the_same_of_code_that_is_not_recorded
    check("--only", @path)
  end

  def test_the_same_through_bindings
    check(env: FALLBACK)
  end

  # What the recorder listens to late must not take the place of what others listen to.
  OTHER = <<~'RUBY'
    OTHER = Ractor.new do
      lines = []
      own = TracePoint.new(:line) { |tp| lines << tp.lineno }
      own.enable
      Ractor.yield :ready
      Ractor.receive
      [1, 2].each do |x|
        x + 1
      end
      own.disable
      lines
    end
  RUBY
  BESIDE = <<~'RUBY'
    require_relative "lib/other"
    OTHER.take
    class Late
      X = 1
    end
    OTHER.send(:go)
    p OTHER.take
  RUBY

  def test_a_ractors_tracepoints_are_told_the_same
    skip "no Ractors that take" unless defined?(Ractor) && Ractor.method_defined?(:take)
    write_program("lib/other.rb", OTHER)
    @path = write_program("p.rb", BESIDE)
    assert_match(/\[.*7, 8.*\]/, ruby(@path).out)
    check("--only", @path)
  end

  def test_bodies_end_where_they_are_left
    events = check("--only", @path)
    bodies = events.scan(/^ *call (<[^>]*>)/).flatten - ["<top-level>"]
    assert_equal ["<class:First>", "<class:Left>", "<singleton class>", "<class:Last>",
                  "<class:Between>", "<class:Evaluated>"], bodies
  end
end
