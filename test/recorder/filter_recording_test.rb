# frozen_string_literal: true

# The same filters in both recorders: the same code and the same values in the trace.
#
# What a rule decides is FilterRulesTest's; here it is whether the recorders obey.
require_relative "recorder_case"

class FilterRecordingTest < RecorderCase
  BLOCKS_ARE_STEPS = "on Ruby 2.7 methods that are blocks are steps of their callers"

  parallelize_me!

  HEAD = "[meta]\nname = \"t\"\nversion = 1\n[scope]\n"
  SHOP = <<~RUBY
    class Order
      def initialize(price)
        @price = price
        @note = "n"
      end

      def pay(amount, hint)
        doubled = amount * 2
        [1].each { |each| doubled += each }
        secret_sum(doubled)
      end

      def secret_sum(total)
        { "total" => total, note: "x" }
      end

      def self.build
        new(5)
      end
    end
  RUBY
  MAIN = <<~RUBY
    require_relative "app/shop"
    require_relative "lib/plain"
    order = Order.build
    plain(order.pay(3, :h))
  RUBY
  PLAIN = "def plain(value)\n  kept = value\n  kept\nend\n"

  def setup
    super
    write_program("app/shop.rb", SHOP)
    write_program("lib/plain.rb", PLAIN)
    @program = write_program("main.rb", MAIN)
  end

  def test_only_one_folder
    events = recorded("--only", "app/**")
    assert_equal ["app/shop.rb"], files_of(events)
    assert_match(/call Order#pay/, events)
  end

  def test_skip_beats_only
    events = recorded("--only", "{app,lib}/**", "--skip", "lib/*")
    assert_equal ["app/shop.rb"], files_of(events)
  end

  def test_only_methods_with_their_blocks
    events = recorded("--only-method", "Order#p*")
    assert_equal %w[Order#pay], calls_of(events)
    assert_equal [8, 9, 10], lines_of(events, "app/shop.rb") - [7, 11]
  end

  def test_skipped_methods_leave_no_trace
    events = recorded("--skip-method", "Order#pay", "--skip-method", "Order.build")
    assert_equal %w[Order#initialize Order#secret_sum plain], calls_of(events)
    refute_match(/doubled|hint/, events)
  end

  # define_method's, by their names from the first call on.
  def test_methods_that_are_blocks
    skip BLOCKS_ARE_STEPS if RUBY_VERSION < "3.0"
    write_program("main.rb", <<~RUBY)
      class Order
        define_method(:first) { |x| [x].each { |each| each + 1 } }
        define_method(:second) { |x| x }
        define_singleton_method(:made) { |x| x }
      end
      order = Order.new
      order.first(1)
      order.second(2)
      Order.made(3)
      order.define_singleton_method(:single) { |x| x }
      order.single(4)
    RUBY
    { %w[--skip-method Order#first] => %w[Order#second Order.made],
      %w[--only-method Order#first] => %w[Order#first],
      %w[--only-method Order.*] => %w[Order.made] }.each do |words, calls|
      events = recorded(*words)
      assert_equal calls, calls_of(events).grep_v(/single/), words.join(" ")
      assert_equal calls.include?("Order#first"), events.include?("each =")
    end
  end

  # The code is recorded if one of the methods is that it is of.
  def test_one_block_is_two_methods
    skip BLOCKS_ARE_STEPS if RUBY_VERSION < "3.0"
    write_program("main.rb", <<~RUBY)
      class Order
        code = proc { |x| x + 1 }
        define_method(:hush, &code)
        define_method(:told, &code)
      end
      Order.new.told(1)
    RUBY
    assert_equal %w[Order#told], calls_of(recorded("--skip-method", "Order#hush"))
  end

  def test_a_filter_beside_the_program_is_found_and_may_be_left_alone
    write_program(".codetracer/trace-filter.toml",
                  "#{HEAD}default_exec = \"skip\"\ndefault_value_action = \"allow\"\n")
    assert_empty calls_of(recorded)
    assert_includes calls_of(recorded("--no-auto-filter")), "plain"
  end

  def test_values_are_redacted_and_dropped_by_name
    events = recorded("--trace-filter", values_filter)
    assert_match(/call Order#pay\(.*amount=Redacted:"<redacted>"\)/, events) # hint is dropped
    assert_match(/doubled = Redacted:"<redacted>"/, events)
    assert_match(/return Dropped:"<dropped>"/, events)
    assert_match(/@price: Redacted:"<redacted>"/, events)
    refute_match(/@note|hint/, events)
    assert_match(/Pair\[String:"total", Redacted:"<redacted>"\]/, events)
  end

  def test_everything_is_redacted_but_what_is_allowed
    path = write_program("f.toml", "#{HEAD}default_exec = \"trace\"\n" \
      "default_value_action = \"redact\"\n[[scope.rules]]\nselector = \"file:lib/**\"\n" \
      "[[scope.rules.value_patterns]]\nselector = \"arg:value\"\naction = \"allow\"\n")
    events = recorded("--trace-filter", path)
    assert_match(/call plain\(self=\S+, value=Hash/, events)
    assert_match(/kept = Redacted/, events)
    assert_match(/order = Redacted/, events)
  end

  def test_the_built_in_redaction_yields_to_its_own_name_alone
    write_program("main.rb", "token = 5\nToken = token\n")
    assert_match(/token = Redacted/, recorded)
    assert_match(/token = Redacted/, recorded("--trace-filter", allowing("local:*")))
    assert_match(/token = Integer:5/, recorded("--trace-filter", allowing("local:literal:token")))
  end

  def test_code_from_eval_and_e_is_judged_by_its_caller
    write_program("lib/plain.rb", "def plain(value)\n  eval('inner = 1; inner + 1')\nend\n")
    assert_match(/inner = /, recorded)
    refute_match(/inner = /, recorded("--skip", "lib/*"))
  end

  def test_the_trace_names_its_filters
    path = values_filter
    record("--trace-filter", path, "--only", "app/**", @program)
    found = Oracle.ask("layout", in_folder("trace/trace.ct")).out
    assert_includes found, path
    %w[<inline:builtin-default> <inline:command-line>].each { |name| assert_includes found, name }
  end

  def test_mistakes_end_the_command
    path = write_program("f.toml", "#{HEAD}default_exec = \"tarce\"\n" \
                                   "default_value_action = \"allow\"\n")
    run = record("--trace-filter", path, @program)
    assert_equal "exit 2", run.ending
    assert_match(/\Acodetracer-ruby-recorder: #{path}:5:16: "tarce" is not possible/, run.err)
  end

  def test_without_the_gem_a_filter_file_says_what_to_install
    hidden = write_program("hide/tomlrb.rb", "raise LoadError, 'hidden'\n")
    words = ["-I", File.dirname(hidden), RECORDER, "-o", in_folder("trace")]
    assert_equal "exit 0", ruby(*words, "--only", "app/**", @program).ending
    run = ruby(*words, "--trace-filter", values_filter, @program)
    assert_equal "exit 2", run.ending
    assert_match(/is not installed: gem install tomlrb/, run.err)
  end

  private

  def allowing(selector)
    write_program("f.toml", "#{HEAD}default_exec = \"trace\"\ndefault_value_action = \"allow\"\n" \
      "[[scope.rules]]\nselector = \"file:**\"\n[[scope.rules.value_patterns]]\n" \
      "selector = \"#{selector}\"\naction = \"allow\"\n")
  end

  def values_filter
    patterns = { "arg:amount" => "redact", "arg:hint" => "drop", "local:regex:^doub" => "redact",
                 "ret:secret_sum" => "drop", "attr:price" => "redact", "attr:note" => "drop",
                 "attr:literal:total" => "redact" }
    text = "#{HEAD}default_exec = \"trace\"\ndefault_value_action = \"allow\"\n" \
           "[[scope.rules]]\nselector = \"file:**\"\n"
    patterns.each do |selector, action|
      text += "[[scope.rules.value_patterns]]\nselector = \"#{selector}\"\naction = \"#{action}\"\n"
    end
    write_program("values.toml", text)
  end

  # The events of the native recorder, which are also the pure one's.
  def recorded(*words)
    require_gem if words.include?("--trace-filter")
    native, pure = %w[native pure].map do |recorder|
      trace = in_folder("trace-#{recorder}")
      run = ruby(EXE, "--recorder", recorder, "--quiet", "-o", trace, *words, @program,
                 chdir: @folder)
      assert_equal "exit 0", run.ending, run.to_s
      checked_events(trace)
    end
    assert_equal native, pure
    native
  end

  def require_gem
    require "tomlrb"
  rescue LoadError
    skip "the gem tomlrb is not installed"
  end

  def files_of(events)
    step_places(events).map { |place| place[/\A(.*):/, 1].delete_prefix("#{@folder}/") }
                       .uniq - ["main.rb"]
  end

  def lines_of(events, file)
    step_places(events).grep(/#{file}/).map { |place| place[/\d+\z/].to_i }.uniq.sort
  end

  def calls_of(events)
    events.scan(/^ *call ([^(]+)\(/).flatten - ["<top-level>", "<class:Order>"]
  end
end
