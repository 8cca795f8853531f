# frozen_string_literal: true

# Filters as keywords of CodeTracer.start and record: the same as on the command line.
#
# By both recorders. What filters decide is the business of filter_rules_test and its like.
require_relative "api_case"

class ApiFilterTest < ApiCase
  parallelize_me!

  OTHER = "def other; 1; end\n"
  PROGRAM = <<~'RUBY'
    require_relative "other"
    def one; 1; end
    def two; other; end
    number = 0
    record = ->(**keywords) do
      number += 1
      CodeTracer.record(out_dir: "t#{number}", recorder: RECORDER, profile: "json",
                        quiet: true, **keywords) { one; two }
    end
  RUBY

  %w[native pure].each do |name|
    define_method("test_short_forms_by_#{name}") do
      run_with(name, <<~RUBY)
        record.()
        record.(skip: "other.rb")
        record.(only: ["other.rb", "nothing/**"])
        record.(skip_method: %w[{one,none} other])
        record.(only_method: "t*")
      RUBY
      assert_equal %w[one two other], called("t1")
      assert_equal %w[one two], called("t2")
      assert_equal %w[other], called("t3")
      assert_equal %w[two], called("t4")
      assert_equal %w[two], called("t5")
    end

    define_method("test_files_by_#{name}") do
      needs_toml
      write_program("f.toml", filter("obj:one"))
      FileUtils.mkdir_p(in_folder(".codetracer"))
      write_program(".codetracer/trace-filter.toml", filter("file:other.rb"))
      run_with(name, <<~RUBY)
        record.()
        record.(auto_filter: false)
        record.(trace_filter: "f.toml")
        record.(trace_filter: ["f.toml"], auto_filter: false)
      RUBY
      assert_equal [%w[one two], %w[one two other], %w[two], %w[two other]],
                   %w[t1 t2 t3 t4].map { |folder| called(folder) }
    end
  end

  def test_mistakes
    needs_toml
    write_program("f.toml", "[meta]\nnam = 1\n")
    run_with("native", <<~'RUBY')
      [{ trace_filter: "f.toml" }, { trace_filter: "missing.toml" }, { depth: 0 },
       { only: "" }, { skips: "x" }].each do |keywords|
        record.(**keywords)
        puts "none"
      rescue ArgumentError => e
        puts e.message
      end
      record.()
    RUBY
    assert_match(/f\.toml:2:1: .*\n.*missing\.toml.*\n--depth.*\n--only needs a.*\nunknown keyword/,
                 @run.out)
    assert_equal %w[one two other], called("t6")
  end

  private

  def run_with(recorder, text)
    write_program("other.rb", OTHER)
    run_program("RECORDER = \"#{recorder}\"\n#{PROGRAM}#{text}")
    assert @run.status.success?, @run.to_s
  end

  def needs_toml
    require "tomlrb"
  rescue LoadError
    skip "the gem tomlrb is not installed"
  end

  def filter(selector)
    <<~TOML
      [meta]
      name = "test"
      version = 1
      [scope]
      default_exec = "trace"
      default_value_action = "allow"
      [[scope.rules]]
      selector = "#{selector}"
      exec = "skip"
    TOML
  end

  def called(folder)
    events(folder).scan(/^ *call ([^(<]+)\(/).flatten
  end
end
