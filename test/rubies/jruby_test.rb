# frozen_string_literal: true

# Programs recorded by the pure recorder on JRuby: unharmed, and with the events of CRuby.
#
# Run where there is a jruby, which is in a chroot: test/rubies/chroot.sh jruby make test-jruby
require_relative "other_ruby_case"
require_relative "jruby_differences"

class JrubyTest < OtherRubyCase
  parallelize_me!

  PURE = File.join(ROOT, "trace.rb")
  # Not here: what Ruby 2.6 cannot parse, eval without a file name, fork, what is
  # worded otherwise, a line between a raise and its rescue.
  NAMES = %w[
    abort_message basic_object blocks_procs_lambdas closures data_section encodings exec_away
    exit_in_at_exit fib frozen_main gc_compact hash_work integers killed_by_term odd_method_names
    output_methods output_nonblock output_replaced string_work symbols symbols_long
  ].freeze
  # A JVM that compiles less starts sooner.
  QUICK = { "JAVA_OPTS" => "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC" }.freeze

  NAMES.each do |name|
    define_method("test_#{name}") { check(Program.new("#{name}.rb")) }
  end

  private

  def check(program)
    trace = in_folder("trace")
    plain = run_there(program)
    recorded = run_there(program, PURE, "-o", trace)
    assert_same_run(plain, recorded)
    events = checked_events(trace).gsub(PROGRAMS, "<programs>")
    assert_same_events(JrubyDifferences.all(golden(program, "2.7")), JrubyDifferences.all(events))
  end

  def run_there(program, *front)
    Command.run("jruby", *front, program.path, *program.arguments, chdir: PROGRAMS,
                stdin: program.stdin, env: CLEAN.merge(QUICK).merge(program.environment))
  end
end
