# frozen_string_literal: true

# Nothing in the program changes: every start of the tables is run plain and behind both recorders,
# and nothing that it leaves behind may tell them apart. (ProgramCase does so for test/programs.)
#
# Compared: standard output, standard error but for our own lines, status or signal, and every file
# below the folder it ran in. What children that outlive the program print counts as well: a
# run is over when nobody holds its output any more. EXPRESSIONS=1: behind `--expressions` alone.
require_relative "../recorder/recorder_case"
require_relative "children"
require_relative "endings"
require_relative "places"
require_relative "starts"
require_relative "surroundings"
require_relative "unavoidable"
require_relative "workers"

class EquivalenceTest < RecorderCase
  parallelize_me!

  FRONTS = { native: [RbConfig.ruby, RECORDER], pure: [RbConfig.ruby, File.join(ROOT, "trace.rb")],
             command: [COMMAND], exe: [EXE] }.freeze
  # The command becomes the `ruby` of PATH, by that name.
  PLAIN = Hash.new([RbConfig.ruby]).merge!(command: ["ruby"]).freeze
  TABLES = [Starts, Places, Surroundings, Endings, Children, Workers].freeze

  TABLES.each do |table|
    table::ALL.each do |start|
      name = "test_#{table.name.downcase}_#{start.name.tr(' ', '_')}"
      raise "two rows #{name}" if method_defined?(name)

      define_method(name) { compare(start, recorders_of(table)) }
    end
  end

  private

  def compare(start, recorders)
    skip start.refusal if start.refusal
    plain_runs = Hash.new { |runs, ruby| runs[ruby] = left_behind(start, *ruby) }
    recorders.each do |name|
      plain = plain_runs[PLAIN[name]]
      front = [*FRONTS.fetch(name), *MODE, "-o", in_folder(name.to_s), *start.options, "--"]
      left = left_behind(start, *front)
      (plain.keys - Unavoidable.of(start.name, name, MODE)).each do |what|
        assert plain[what] == left[what], -> { told_apart(name, what, plain, left) }
      end
      check_trace(name.to_s) if start.trace == :whole
    end
  end

  # A mode is the native recorder's. How exe/ starts Ruby is seen in how programs start.
  def recorders_of(table)
    return [:native] unless MODE.empty?

    table == Starts ? FRONTS.keys : FRONTS.keys - [:exe]
  end

  def told_apart(name, what, plain, left)
    "#{name} changes #{what}\n#{diff(plain[what], left[what])}\n#{@run}"
  end

  # Of all that was recorded: the program and its children.
  def check_trace(name)
    children = Dir[in_folder("#{name}/**/children/[0-9]*")]
    [in_folder(name), *children].each do |trace|
      verified = Command.run(CTRACE, "verify", "--wait", trace)
      assert verified.status.success?, verified.to_s
    end
  end

  def left_behind(start, *front)
    folder = in_folder("work")
    remove(folder)
    FileUtils.mkdir_p(File.join(folder, "tmp"))
    start.lay_out(folder)
    @run = run_start(start, folder, front)
    { ending: @run.ending, out: @run.out, err: errors(start), files: files_below(folder) }
  end

  def run_start(start, folder, front)
    words = [*front, *start.words]
    words = ["sh", "-c", start.shell, "sh", *words] if start.shell
    env = CLEAN.merge("TMPDIR" => File.join(folder, "tmp"), "TRACES" => @folder).merge(start.env)
    return Command.run(*words, stdin: start.stdin, env: env, chdir: folder) unless start.signal

    Command.run(*words, env: env, chdir: folder) do |pid, _input, output|
      assert_equal "ready\n", output.gets
      Process.kill(start.signal, -pid)
    end
  end

  # A crash of the VM prints addresses and the loaded libraries.
  def errors(start)
    text = without_own_lines(@run.err)
    start.err.to_s.start_with?("vary") ? text.lines.first.to_s.gsub(/0x\h+/, "") : text
  end

  # Also folders that the program has made unreadable.
  def remove(folder)
    return unless File.exist?(folder)

    FileUtils.chmod_R(0o700, folder, force: true)
    FileUtils.rm_rf(folder)
  end
end
