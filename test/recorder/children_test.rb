# frozen_string_literal: true

# Forked children: each has a trace of its own below its parent's, both tell of each other, and both
# recorders record the same of it.
#
# That the program does not notice is EquivalenceTest's.
require "json"
require_relative "recorder_case"

class ChildrenTest < RecorderCase
  parallelize_me!

  FRONTS = { native: RECORDER, pure: File.join(ROOT, "trace.rb") }.freeze

  # Values and calls go on from where the parent stood.
  SIMPLE = <<~'RUBY'
    def work(list)
      kept = { list: list, n: list.size }
      Process.wait(fork do
        kept[:n] += 1
        list << kept[:n]
      end)
      kept[:n]
    end
    work([1, 2])
  RUBY
  TWENTY = "20.times { |i| fork { x = i * 2 } }\np Process.waitall.size\n"
  FAMILY = "fork { a = 1\nfork { b = 2 }\nProcess.wait\na = 3 }\nProcess.wait\n"
  BANG = "def m(a)\n  fork { x = a\n exit!(3) }\n  Process.wait\nend\nm(7)\n"
  THREAD = <<~'RUBY'
    def other(a)
      Thread.stop
    end
    t = Thread.new { other(1) }
    Thread.pass until t.stop?
    Thread.new { x = 1; fork { y = x + 1 }; Process.wait }.join
    t.run.join
  RUBY
  FIBERS = <<~'RUBY'
    def inner(a)
      Fiber.yield a
      a + 1
    end
    f = Fiber.new { inner(5) }
    f.resume
    if fork
      Process.wait
    else
      z = f.resume
    end
    f.resume unless z
    z.to_s
  RUBY
  OUTLIVES = "gone, held = IO.pipe\nfork { held.close\n gone.read\n x = 1 }\n"
  # Nothing is left for their spools.
  WITHOUT_DESCRIPTORS = <<~'RUBY'
    Process.setrlimit(:NOFILE, 64)
    begin
      loop { IO.for_fd(IO.sysopen(File::NULL), autoclose: false) }
    rescue Errno::EMFILE
      5.times { Process.wait(fork { exit!(0) }) }
    end
  RUBY
  # More than the writer keeps, and than its socket holds, before it moves again.
  MANY = 340
  CROWD = <<~RUBY
    writer = Dir["/proc/[0-9]*/cmdline"].find do |path|
      words = File.read(path).split("\0") rescue next
      words[0].to_s.end_with?("ct-writer") && words.last == $$.to_s
    end
    writer = writer.split("/")[2].to_i
    Process.kill(:STOP, writer)
    #{MANY}.times { |i| fork { x = i } }
    Process.kill(:CONT, writer)
    p Process.waitall.size
  RUBY
  EVALS = "x = eval('[1]')\nfork { y = eval('[2]') }\nProcess.wait\n"

  { simple: [SIMPLE, 1], twenty: [TWENTY, 20], family: [FAMILY, 2], bang: [BANG, 1],
    thread: [THREAD, 1], fibers: [FIBERS, 1], outlives: [OUTLIVES, 1], evals: [EVALS, 1] }
    .each do |name, (text, count)|
      define_method("test_#{name}") do
        traces = FRONTS.to_h { |front, _| [front, family_events(front, text)] }
        assert_equal count + 1, traces[:native].size
        assert_equal traces[:native], traces[:pure]
      end
    end

  def test_values_go_on
    _, child = family_events(:native, SIMPLE)
    assert_match(/call work\(.*list=.*Integer:1, Integer:2\]/, child)
    assert_match(/kept = .*"n", Integer:3\]/, child)
  end

  def test_a_crowd_of_children
    run_front(:native, CROWD)
    assert_equal "#{MANY}\n", @run.out, @run.to_s
    traces = Dir[in_folder("native/children/*")].sort
    assert_equal MANY, traces.size
    assert_equal ["complete"], traces.map { |trace| facts_of(trace)["state"] }.uniq
  end

  # Nobody waits for the end of such a child.
  def test_a_trace_is_there_when_the_command_is_over
    10.times do
      run_front(:native, "fork { exec('true') }\n")
      traces = Dir[in_folder("native/children/*/trace.json")]
      assert_equal 1, traces.size, @run.to_s
      wait_for(File.dirname(traces.first))
      FileUtils.rm_rf(in_folder("native"))
    end
  end

  def test_no_children
    FRONTS.each_key do |front|
      assert_equal 1, family_events(front, SIMPLE, "--no-children").size
    end
  end

  # As root Ruby forks where it would vfork.
  def test_started_programs_are_no_children
    text = <<~'RUBY'
      system("true")
      `true`
      Process.wait(spawn("true"))
      IO.popen("true").close
      IO.popen(["true"]).close
      IO.popen("-") { |pipe| x = 1 unless pipe }
      require "pty"
      Process.wait(PTY.spawn("true").last)
    RUBY
    assert_equal 2, family_events(:native, text).size
  end

  # A method in C of the program's own, whatever it is called.
  def test_a_method_that_is_called_like_a_starter
    text = <<~RUBY
      require #{extension('Forker', <<~C)}
        #include <ruby.h>
        #include <unistd.h>
        static VALUE fork_here(VALUE self) { return INT2FIX(fork()); }
        static VALUE other(VALUE self) { return rb_funcall(self, rb_intern("spawn"), 0); }
        void Init_forker(void) {
            VALUE module = rb_define_module("Forker");
            rb_define_singleton_method(module, "spawn", fork_here, 0);
            rb_define_singleton_method(module, "system", other, 0);
        }
      C
      %i[spawn system].each do |name|
        spawn("/no/such/program") rescue system("true")
        Forker.public_send(name).zero? ? exit!(0) : Process.wait
      end
    RUBY
    assert_equal 3, family_events(:native, text).size
  end

  # What a child has to say goes to its parent's closing line or nowhere.
  def test_a_child_is_silent
    FRONTS.each_key do |front|
      run_front(front, TWENTY)
      assert_equal 1, @run.err.lines.size, @run.to_s
    end
  end

  # A parent that is killed does not take its child's recording with it.
  def test_the_parent_is_killed
    text = "#{OUTLIVES}$stdout.flush\nProcess.kill(:KILL, $$)\n"
    events = family_events(:native, text)
    assert_equal 2, events.size
    assert_match(/x = Integer:1|step .*:3/, events.last)
  end

  def test_a_child_whose_writer_cannot_start_runs_on
    trace = in_folder("native")
    FileUtils.mkdir_p(trace)
    File.write(File.join(trace, "children"), "in the way")
    run_front(:native, "fork { x = 1; puts x; exit 4 }\nProcess.wait\np $?.exitstatus\n")
    assert_equal "1\n4\n", @run.out
    assert_match(/\Acodetracer: recording ended early: .*children/, @run.err)
  end

  # The writer does not wait for each of them.
  def test_children_without_descriptors
    run = Command.run(RbConfig.ruby, RECORDER, "-o", in_folder("trace"),
                      write_program("program.rb", WITHOUT_DESCRIPTORS))
    assert run.status.success?, run.to_s
    refute_match(/ended early/, run.err)
    checked_events
  end

  private

  # The path, as a literal, of an extension that is made of this text.
  def extension(name, text)
    base = in_folder(name.downcase)
    File.write("#{base}.c", text)
    config = RbConfig::CONFIG
    words = [*config["CC"].split, "-shared", "-fPIC", "-I#{config['rubyhdrdir']}",
             "-I#{config['rubyarchhdrdir']}", "-o", "#{base}.#{config['DLEXT']}", "#{base}.c"]
    run = Command.run(*words)
    skip "no compiler: #{run.err}" unless run.status&.success?
    base.dump
  end

  def run_front(front, text, *options)
    program = write_program("p.rb", text)
    @run = ruby(FRONTS[front], "-o", in_folder(front.to_s), "--profile", "json", *options, program)
  end

  # The events of the parent's trace and of all below it, in an order that does not depend on pids.
  def family_events(front, text, *options)
    run_front(front, text, *options)
    parent, *children = family(in_folder(front.to_s))
    [events_of(parent), *children.map { |trace| events_of(trace) }.sort]
  end

  def events_of(trace)
    checked_events(trace).gsub(/pid = Integer:\d+/, "pid = Integer:n").gsub(/pid \d+/, "pid n")
                         .gsub(/<return_value> = Integer:\d{3,}|return Integer:\d{3,}/, "pid")
  end

  # The trace and those of all its children.
  def family(trace)
    wait_for(trace)
    below = Dir[File.join(trace, "children", "*")].sort
    below.flat_map { |folder| family(folder) }.unshift(trace)
         .each { |folder| assert_related(trace, folder) if below.include?(folder) }
  end

  # The pure recorder's parent only knows of children that were there when it ended.
  def assert_related(parent, child)
    above, below = facts_of(parent), facts_of(child)
    link = { "pid" => below["pid"], "recording_id" => below["recording_id"],
             "folder" => "children/#{below['pid']}" }
    assert_equal above.slice("pid", "recording_id").merge("folder" => "../.."), below["parent"]
    known = above["children"] || []
    assert_includes known, link if above["backend"] == "native" || !known.empty?
  end

  def wait_for(trace)
    verified = Command.run(CTRACE, "verify", "--wait", trace)
    assert verified.status.success?, verified.to_s
  end

  def facts_of(trace)
    JSON.parse(File.read(File.join(trace, "trace_info.json")))
  end
end
