# frozen_string_literal: true

# Calls of methods in C: of which classes, with which arguments, and what the option refuses.
#
# By both recorders where they tell the same. How such calls end is in test/conformance.
require_relative "api_case"

class CCallsRecorderTest < ApiCase
  parallelize_me!

  PURE = File.join(ROOT, "trace.rb")
  TEXT = <<~'RUBY'
    class Text < String
    end
    text = Text.new("a,b")
    text.split(",", -1)
    [text].push(text)
    File.basename("/x/y")
    text.equal?(text)
    text.sub!("a", *%w[c])
    "%d" % 3
  RUBY

  { "native" => RECORDER, "pure" => PURE }.each do |name, recorder|
    define_method("test_of_some_classes_#{name}") do
      functions = calls(recorder, "--c-calls=String,File").map { |call| call[/\A[^(]+/] }
      assert_equal %w[String#split File.basename String#sub! String#%], functions - ["String#sum"] -
        %w[String.new String#initialize Text.new]
    end

    define_method("test_a_part_of_a_name_is_another_class_#{name}") do
      assert_empty calls(recorder, "--c-calls=Str,Fil,StringIO")
    end

    # The VM tells of the block's end, but not of the call's, when the program ends.
    define_method("test_threads_that_wait_at_the_end_#{name}") do
      path = write_program("program.rb", <<~RUBY)
        queue = Queue.new
        thread = Thread.new { queue.pop }
        Thread.pass until thread.status == "sleep"
      RUBY
      run = ruby(recorder, "--c-calls", "--block-frames", "-o", in_folder("trace"), path)
      assert run.status.success?, run.to_s
      refute_match(/without a return/, run.err)
      refute_match(/without a return/, checked_events)
    end

    define_method("test_by_the_api_#{name}") do
      run_program(<<~RUBY)
        CodeTracer.record(out_dir: "t", recorder: "#{name}", c_calls: %w[Comparable Array]) do
          [3, 1].sort.first
          5.clamp(1, 3)
        end
        CodeTracer.record(out_dir: "u", recorder: "#{name}", c_calls: true) { "x".upcase }
        CodeTracer.record(out_dir: "v", recorder: "#{name}", c_calls: false) { "x".upcase }
      RUBY
      assert_empty @run.err.lines.grep_v(/\Acodetracer: /)
      assert_equal %w[Array#sort Comparable#clamp],
                   events("t").scan(/call ((?:Array|Comparable)#(?!first)\w+)\(/).flatten
      assert_includes events("u"), "call String#upcase(self=String:\"x\")"
      refute_includes events("v"), "String#upcase"
      facts = JSON.parse(File.read(in_folder("t/trace_info.json")))
      assert_equal %w[Comparable Array], facts["calls"]["c_calls"]
    end

    define_method("test_secrets_#{name}") do
      path = write_program("program.rb", <<~'RUBY')
        settings = { password: "pl4nted#{1}" }
        settings.fetch(:password)
        settings.store("api_key", "pl4nted#{2}")
        [1].push("pl4nted#{4}", { "token" => "pl4nted#{4}" })
        ["pl4nted#{5}", { password: "pl4nted#{5}" }].first(2)
        settings.values.first.instance_variable_set(:@token, "pl4nted#{3}") if settings.size > 9
      RUBY
      run = ruby(recorder, "--c-calls", "-o", in_folder("trace"), path)
      assert run.status.success?, run.to_s
      refute_match(/pl4nted\d/, checked_events)
    end
  end

  # The operands of a call tell how many arguments it has: from Ruby 3.0 on.
  def test_arguments
    skip "Ruby 2.7 keeps calls otherwise" if RUBY_VERSION < "3.0"

    told = calls(RECORDER, "--c-calls=String,Array,BasicObject")
    assert_includes told, 'String#split(self=Text:"a,b", (1)=String:",", (2)=Integer:-1)'
    assert_includes told, 'Array#push(self=Array[Text:"a,b"], (1)=Text:"a,b")'
    assert_includes told, 'BasicObject#equal?(self=Text:"a,b", (1)=Text:"a,b")'
    assert_includes told, 'String#%(self=String:"%d", (1)=Integer:3)'
  end

  def test_what_is_no_class
    path = write_program("program.rb", "p 1\n")
    run = record("--c-calls=String,array", path)
    assert_equal "exit 2", run.ending
    assert_includes run.err, "--c-calls: array is no name of a class"
    assert_equal "exit 0", record("--c-calls", path).ending
  end

  private

  def calls(recorder, *options)
    path = write_program("program.rb", TEXT)
    run = ruby(recorder, *options, "--quiet", "-o", in_folder("trace"), path)
    assert run.status.success?, run.to_s
    checked_events.scan(/^ *call (.*) \S+program\.rb:\d+$/).flatten
                  .reject { |call| call.start_with?("<") }
  end
end
