# frozen_string_literal: true

# `filter explain`: which rules decide for a file or a method, told without running anything.
#
# The decisions themselves are FilterRulesTest's.
require_relative "recorder_case"

class FilterExplainTest < RecorderCase
  parallelize_me!

  FILTER = <<~TOML
    [meta]
    name = "t"
    version = 1
    [scope]
    default_exec = "trace"
    default_value_action = "allow"
    [[scope.rules]]
    selector = "file:app/**"
    exec = "skip"
    reason = "generated"
    [[scope.rules]]
    selector = "obj:glob:Shop::Order.*"
    exec = "trace"
    [[scope.rules.value_patterns]]
    selector = "arg:price"
    action = "drop"
  TOML
  ORDER = <<~RUBY
    module Shop
      class Order
        def pay
          1
        end

        class << self
          def find
            exit 9
          end
        end

        def self.build
          2
        end
      end
    end
  RUBY

  def setup
    super
    @file = write_program("app/order.rb", ORDER)
    write_program(".codetracer/trace-filter.toml", FILTER)
  end

  def test_a_file
    assert_equal <<~TEXT, explain(@file)
      #{@file}
        file     app/order.rb
        package  app.order
        <inline:builtin-default>: the program's own code: trace
        default_exec = "trace" (#{@folder}/.codetracer/trace-filter.toml)
        #{@folder}/.codetracer/trace-filter.toml:7:1: file:glob:app/** matches: exec = skip, \
      0 value patterns (generated)
        => skipped; rules about methods may differ: ask with a line
        values: allow, secrets redacted
    TEXT
  end

  def test_a_method
    { 4 => ["Shop::Order#pay", "skipped"], 8 => ["Shop::Order.find", "recorded"],
      14 => ["Shop::Order.build", "recorded"], 2 => ["in no method", "skipped"] }
      .each do |line, (name, verdict)|
        text = explain("#{@file}:#{line}")
        assert_match(/^  object   #{name}$/, text)
        assert_match(/^  => #{verdict}$/, text)
      end
    assert_match(/^  arg:glob:price drop$/, explain("#{@file}:8"))
  end

  def test_short_forms_and_gems
    assert_match(/^  => recorded$/, explain("--no-auto-filter", "--only", "app", @file))
    library = File.join(RbConfig::CONFIG["rubylibdir"], "set.rb")
    assert_match(/: the standard library or a gem: skip$/, explain(library))
  end

  def test_mistakes
    assert_equal "exit 2", run_explain.ending
    assert_equal "exit 1", run_explain("nope.rb").ending
  end

  private

  def run_explain(*words)
    ruby(EXE, "filter", "explain", *words, chdir: @folder)
  end

  def explain(*words)
    run = run_explain(*words)
    skip run.err if run.err.include?("is not installed")
    assert_equal ["exit 0", ""], [run.ending, run.err]
    run.out
  end
end
