# frozen_string_literal: true

# Where two runs part: that of a program with itself nowhere, with another input at the line that
# read it, and at the branch that it decides.
#
# Pids of programs that they start are left aside. The lines are found in the text, where they are
# marked.
require "json"
require_relative "recorder_case"

class DiffTest < RecorderCase
  parallelize_me!

  PROGRAM = <<~'RUBY'
    require "time"
    class Order
      def initialize(amount)
        @amount = amount
        @at = Time.now
      end

      def pay(limit)
        if @amount > limit # branch
          refuse # less
        else
          accept # enough
        end
      end

      private

      def refuse
        puts "refused #{object_id.to_s(16)} #{inspect} at #{Time.now.iso8601}"
      end

      def accept
        puts "accepted"
      end
    end

    started = Time.now
    amount = INPUT # input
    order = Order.new(amount)
    worker = Thread.new { 3.times { |i| order.pay(1000 + i) } }
    worker.join
    system("true")
    order.pay(50)
  RUBY

  { "arguments" => "Integer(ARGV.first)", "stdin" => "$stdin.gets.to_i",
    "environment" => "ENV.fetch('AMOUNT').to_i" }.each do |name, input|
    %w[aug26 json].each do |profile|
      define_method("test_#{name}_as_#{profile}") do
        @path = write_program("order.rb", PROGRAM.sub("INPUT", input))
        @is_read = name == "stdin"
        assert_parts(profile)
      end
    end
  end

  def test_the_same_program_twice
    %w[bank interpreter fibers value_kinds].each do |name|
      traces = Array.new(2) { |i| in_folder("#{name}#{i}") }
      traces.each { |trace| record("-o", trace, File.join(PROGRAMS, "#{name}.rb")) }
      compared = Command.run(CTRACE, "diff", *traces)
      assert_equal "exit 0", compared.ending, compared.to_s
      assert_match(/\Athe same: \d+ steps\n\z/, compared.out)
    end
  end

  def test_both_layouts_of_one_program
    path = File.join(PROGRAMS, "bank.rb")
    traces = %w[aug26 json].map do |profile|
      in_folder(profile).tap { |trace| record("-o", trace, "--profile", profile, path) }
    end
    compared = Command.run(CTRACE, "diff", *traces)
    assert_equal "exit 0", compared.ending, compared.to_s
  end

  private

  def assert_parts(profile)
    traces = [20, 20, 70].each_with_index.map { |amount, i| record_with(amount, i, profile) }
    assert_equal "exit 0", Command.run(CTRACE, "diff", *traces.first(2)).ending
    compared = Command.run(CTRACE, "diff", "--json", traces.first, traces.last)
    assert_equal "exit 1", compared.ending, compared.to_s
    parting = JSON.parse(compared.out)
    assert_parting_of_values(parting["values"])
    assert_equal [line("branch")] * 2, (parting["paths"]["after"].map { |place| place["line"] })
    assert_equal [line("enough"), line("less")],
                 (parting["paths"]["ways"].map { |place| place["line"] })
  end

  # What was read is an event of its own, and differs before the variable does.
  def assert_parting_of_values(values)
    return assert_parting_of_input(values) if @is_read

    assert_equal "amount", values["name"]
    assert_equal [20, 70], (values["shown"].map { |value| value["value"] })
    assert_equal [line("input")] * 2, (values["by"].map { |place| place["line"] })
  end

  def assert_parting_of_input(values)
    assert_equal ["event", "input", %W[20\n 70\n]], values.values_at("kind", "name", "shown")
    assert_equal [line("input")] * 2, (values["seen"].map { |place| place["line"] })
  end

  def record_with(amount, index, profile)
    trace = in_folder("trace#{index}")
    recorded = record("-o", trace, "--profile", profile, @path, amount.to_s,
                      env: { "AMOUNT" => amount.to_s }, stdin: "#{amount}\n")
    assert recorded.status.success?, recorded.to_s
    trace
  end

  def line(mark)
    File.foreach(@path).find_index { |text| text.end_with?("# #{mark}\n") } + 1
  end
end
