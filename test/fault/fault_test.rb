# frozen_string_literal: true

# Each call of our own code to the system, made to fail once: the program notices nothing, one line
# with a code says what was lost, and what is on disk can be read.
#
# `make fault` builds what this needs (test/shims/fault_shim.c). FAULT=all tries every call, else
# the first that each place in the code makes.
require_relative "../recorder/recorder_case"
require_relative "faulty_programs"

class FaultTest < RecorderCase
  parallelize_me!

  FAULTY_ROOT = File.join(ROOT, "build", "fault")
  FRONT = File.join(FAULTY_ROOT, "src", "native_trace.rb")
  CLOSING = /\Acodetracer: [\d,]+ steps, .*\n\z/.freeze
  EXPLAINED = /\Acodetracer(-ruby-recorder)?: .*\[CT-\d{3}\].*\n\z/.freeze
  # What a recording that goes another way says at its start.
  NOTES = /\Acodetracer: (no memfd here|recording in Ruby alone|this Ruby's)/.freeze

  COMPLAINT_SIZE = 1500

  Call = Struct.new(:number, :name, :place)

  FaultyPrograms::ALL.each do |name, program|
    %w[ext writer].each do |part|
      define_method("test_#{name}_#{part}") do
        skip "make fault builds what this needs" unless File.exist?(FRONT)
        prepare(program)
        calls = list_calls(part)
        refute_empty calls
        complaints = chosen(calls).map { |call| complaint(part, call) }.compact
        assert_empty complaints, complaints.join("\n\n")
      end
    end
  end

  private

  def prepare(program)
    @program = write_program("p.rb", program.fetch(:text))
    @options = program.fetch(:options, [])
    @line_count_max = program.fetch(:processes, 1)
    @plain = ruby(@program, chdir: @folder)
    @log = write_program("log", "")
  end

  def run_faulty(part, number)
    FileUtils.rm_rf(in_folder("trace"))
    File.truncate(@log, 0)
    env = { "CODETRACER_FAULT" => "#{part}:#{number}", "CODETRACER_FAULT_LOG" => @log }
    ruby(FRONT, "-o", in_folder("trace"), *@options, @program, env: env, chdir: @folder)
  end

  # Some calls cannot be logged: between two processes, without a descriptor left.
  def list_calls(part)
    run = run_faulty(part, 0)
    assert_same_run(@plain, run)
    @closing = run.err[OWN_LINE]
    @events = alike(checked_events)
    logged = File.readlines(@log).map { |line| Call.new(Integer(line[/\d+/]), *line.split.drop(1)) }
    known = logged.map(&:number)
    missing = (1..known.max).to_a - known
    logged + missing.map { |number| Call.new(number, "unseen", number.to_s) }
  end

  def chosen(calls)
    return calls if ENV["FAULT"] == "all"

    calls.uniq { |call| [call.name, call.place] }
  end

  def complaint(part, call)
    check(part, call)
    nil
  rescue Minitest::Assertion => e
    "#{part} #{call.to_a.join(' ')}: #{e.message}"[0, COMPLAINT_SIZE]
  end

  def check(part, call)
    run = run_faulty(part, call.number)
    hit = File.read(@log)
    context = -> { hit + run.to_s }
    assert_equal [@plain.ending, @plain.out], [run.ending, run.out], context
    lines = run.err.lines.grep(OWN_LINE)
    assert_equal @plain.err, without_own_lines(run.err), context
    check_lines(lines, hit, context)
    check_trace(lines, context)
  end

  def check_lines(lines, hit, context)
    lines -= lines.grep(NOTES)
    least = hit.include?(" write ") ? 0 : 1 # of the line itself
    assert_includes least..@line_count_max, lines.size, context
    lines.each { |line| assert(line =~ CLOSING || line =~ EXPLAINED, context) }
  end

  # A trace that nobody complains about is the one it would have been.
  def check_trace(lines, context)
    return if Dir.glob(in_folder("trace/trace.{ct,json}")).empty?

    verified = Command.run(CTRACE, "verify", "--wait", in_folder("trace"))
    assert_includes ["exit 0", "exit 1"], verified.ending, context
    return unless lines.any? && lines.all?(CLOSING) && counts(lines.first) == counts(@closing)

    assert_equal "exit 0", verified.ending, -> { context.call + verified.to_s }
    assert_equal @events, alike(checked_events), context
  end

  # Numbers of processes are never the same.
  def alike(events)
    events.gsub(/\bpid( = Integer:| )\d+/, 'pid\1')
  end

  def counts(line)
    line.sub(/, [\d.]+ [kM]B/, "").sub(/, [\d.]+ s: .*/, "")
  end
end
