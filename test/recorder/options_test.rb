# frozen_string_literal: true

# The two parsers of words, ours and that of Ruby's switches, without running anything.
#
# What the words then do is in command_line_test.rb and start_test.rb. The switches are those of
# every supported Ruby.
require "minitest"
require_relative "../../lib/codetracer/recording_options"
require_relative "../../lib/codetracer/ruby_switches"

class OptionsTest < Minitest::Test
  parallelize_me!

  def test_defaults
    options = parse("p.rb", "--quiet")
    assert_equal [%w[p.rb --quiet], nil], [options.command, options.raw_command]
    assert_equal [".", "aug26", 32 << 20],
                 [options.out_dir, options.profile_for("native"), options.spool_bytes]
    assert_equal({ depth: 3, items: 20, bytes: 200, nodes: 64 }, options.value_limits)
    refute options.quiet? || options.exit_zero? || options.disabled? || options.debug?
  end

  def test_every_option
    options = parse("--out-dir", "x", "--profile=json", "--max-value", "depth=1,nodes=9", "--quiet",
                    "--exit-zero", "--spool-size=2M", "--recorder", "pure", "-")
    profile = options.profile_for(options.recorder)
    assert_equal ["x", "json", 2 << 20, ["-"]],
                 [options.out_dir, profile, options.spool_bytes, options.command]
    assert_equal [1, 20, 200, 9], options.value_limits.values
    assert options.quiet? && options.exit_zero?
  end

  def test_what_follows_the_dashes_is_left_alone
    options = parse("-o", "x", "--", "-e", "1", "--format")
    assert_equal [nil, %w[-e 1 --format]], [options.command, options.raw_command]
  end

  def test_rubys_switches_end_at_the_script
    {
      %w[p.rb -w] => ["p.rb", %w[-w]], %w[-w -I lib p.rb a] => ["p.rb", %w[a]],
      %w[-wIlib p.rb] => ["p.rb", []], %w[-e 1 a] => ["-e", %w[a]], %w[-ne 1 a] => ["-e", %w[a]],
      %w[-W0 -rset - a] => ["-", %w[a]], %w[-w] => ["-", []], %w[-w -- -p.rb] => ["-p.rb", []],
      %w[--enable frozen-string-literal p.rb] => ["p.rb", []], %w[--yjit p.rb] => ["p.rb", []],
      %w[-E utf-8 p.rb] => ["p.rb", []], %w[-Ku p.rb] => ["p.rb", []]
    }.each do |words, (program, arguments)|
      switches = CodeTracer::RubySwitches.new(words)
      assert_equal [program, arguments], [switches.program, switches.arguments], words.inspect
    end
  end

  def test_what_the_programs_ruby_inherits
    {
      %w[-w -I lib x.rb] => %w[-w -I lib], %w[-vW:no-deprecated x.rb] => %w[-w -W:no-deprecated],
      %w[-C dir -S x.rb] => [], %w[--yjit --enable=frozen-string-literal x.rb -w] =>
        %w[--yjit --enable=frozen-string-literal], %w[--disable gems x.rb] => %w[--disable gems]
    }.each do |words, inherited|
      assert_equal inherited, CodeTracer::RubySwitches.new(words).inherited, words.inspect
    end
  end

  private

  def parse(*words)
    CodeTracer::RecordingOptions.new(words, environment: {})
  end
end
