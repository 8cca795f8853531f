# frozen_string_literal: true

# What is kept out of a trace under one name is kept out under any other, from the record on that
# shows it to be a secret.
#
# Each program through both recorders, which have to tell the same.
require_relative "secrets_case"

class LearntSecretsTest < SecretsCase
  parallelize_me!

  PATTERNS = { "local:left_out" => "drop", "arg:unseen" => "drop", "attr:gone" => "drop",
               "attr:hidden" => "redact", "ret:dropped" => "drop", "ret:redacted" => "redact",
               "global:dropped" => "drop" }.freeze

  KEPT_OUT = <<~'RUBY'
    class Box
      def initialize(v)
        @gone = v + "-ivar-1"
        @hidden = v + "-ivar-2"
      end
      attr_reader :gone, :hidden
    end
    def given(before, unseen, behind = unseen)
      1
    end
    def dropped
      "dug-up-" + "3x"
    end
    def redacted
      "dug-up-" + "4x"
    end
    def part_of_what_is_returned
      { input: "dug-up-5", "token" => "dug-up-5", again: ["dug-up-5"] }
    end
    $from = "here"
    left_out = "dug-up" + "-6"
    puts left_out
    copy = "#{left_out} and more"
    given("dug-up" + "-7", "dug-up" + "-7")
    list = ["dug-up" + "-7"]
    box = Box.new("dug-up")
    held = [box.gone, box.hidden]
    puts held
    from_call = dropped
    from_call = redacted
    part_of_what_is_returned
    $dropped = "dug-up-8" + "x"
    from_global = $dropped
    $api_key = at_once = "dug-up-12" + "x"
    left_out = same_line = "dug-up-" + "9"
    whole = { first: "dug-up-10", "password" => "dug-up-10", last: ["dug-up-10"] }
    set = box.method(:instance_variable_set)
    set.(:@early, "dug-up-11"); set.(:@hidden, "dug-up-11"); set.(:@late, "dug-up-11")
    error = ArgumentError.new("no #{left_out}")
    warn error.message
  RUBY

  def test_what_is_dropped_or_redacted_is_known
    check_kept_out
  end

  # Where the recorder finds no frames to read.
  def test_the_same_through_bindings
    check_kept_out(env: { "CODETRACER_RUBY_FORCE_FALLBACK" => "1" })
  end

  # Their beginning is enough to find them; what follows is theirs as far as it is the same.
  LONG = <<~'RUBY'
    password = (1..120).map { |n| "key#{n}-#{n * 7919}" }.join(".")
    shown = password.dup
    half = password[0, 700] + "zzzz"
    puts "it is #{shown}!", half
    password = "a" + "b1" * 20_000
    longest = password.dup
    longest.size
  RUBY

  def test_long_secrets_are_hidden_to_their_end
    events = recorded(LONG, "--max-value", "bytes=4000")
    refute_match(/key\d/, events)
    assert_match(/shown = String:"<redacted>"/, events)
    assert_match(/half = String:"<redacted>zzzz"/, events)
    assert_includes events, "it is <redacted>!"
    assert_match(/longest = String:"<redacted>/, events)
  end

  # Each line defines names while the record is made that tells of a secret, and is made anew.
  def test_many_records_that_tell_of_secrets
    lines = (101..200).map do |n|
      "one_#{n} = { key_#{n}: \"dug-up-#{n}\", password_#{n}: \"dug-up-#{n}\" }"
    end
    events = recorded("#{lines.join("\n")}\nputs 1\n")
    assert_equal 100, events.scan(/Symbol:"key_\d+", String:"<redacted>"/).uniq.size
    refute_match(/dug-up/, events)
  end

  # What an exception said is known to be a secret while it is on its way.
  def test_exceptions_on_their_way
    events = recorded(<<~'RUBY')
      def ask
        raise "dug-" + "up-1 failed"
      ensure
        password = "dug-" + "up-1"
        1
      end
      def answer
        ask
      rescue RuntimeError
        2
      end
      def pass
        raise "dug-" + "up-2 failed"
      ensure
        token = "dug-" + "up-2"
      end
      answer
      (pass rescue 3)
    RUBY
    returns = events.scan(/return RuntimeError:"(unwound.*?)"/).flatten.uniq
    assert_equal ["unwound by RuntimeError: ******** failed"], returns
    assert_equal 2, events.scan("event 11").size
  end

  # ---- input ----

  def test_input_that_another_thread_keeps
    events = recorded(<<~'RUBY', stdin: "friend\n")
      def keep(password, back)
        back << 1
        password.size
      end
      queue, back = Queue.new, Queue.new
      keeper = Thread.new { keep(queue.pop, back) }
      Thread.pass until keeper.stop?
      queue << gets.chomp; back.pop
      queue = nil
      keeper.join
    RUBY
    assert_includes events, 'event 3 "" "******\n"'
  end

  # What is asked for tells what the answer is, whatever it is called then.
  def test_input_that_answers_a_prompt
    lines = %w[asked-1 friendly-1 asked-2 asked-3 friendly-2 asked-4 b-5]
    events = recorded(<<~'RUBY', stdin: "#{lines.join("\n")}\n")
      print "Pass"; print "word: "
      answer = gets.chomp
      print "Name: "
      name = gets.chomp
      $stdout.write("What is your API key?\n")
      given = gets
      $stderr.print "New password>"
      given = $stdin.getc + $stdin.getc + gets
      puts "The password is safe.", "Type what you like: "
      more = gets
      print "Password\0"
      more = gets
      print "Token= "
      all = $stdin.readlines
      puts answer, name, given, more, all
    RUBY
    read = events.scan(/event 3 "" (".*")$/).map { |(text)| text.undump }
    assert_equal ["*******\n", "friendly-1\n", "*******\n", "*", "*", "*****\n", "friendly-2\n",
                  "asked-4\n", "***\n"], read
    assert_includes events, 'answer = String:"*******"'
    refute_match(/asked-[12]/, events)
    assert_includes events, 'name = String:"friendly-1"'
  end

  # It is shown when nothing can show any more what became of it.
  ["exit!(4)", "Process.exit!(4)", "Kernel.exit!(4)", "exec('exit 4')"].each do |ending|
    define_method("test_input_on_the_line_of_#{ending[/\A[\w.]+/]}") do
      { "line" => "friend", "password" => "******" }.each do |name, shown|
        events = recorded("\ndef read\n  #{name} = gets.chomp; #{ending}\nend\nread\n",
                          stdin: "friend\n", ending: "exit 4")
        assert_includes events, "event 3 \"\" \"#{shown}\\n\""
      end
    end
  end

  def test_input_of_a_process_that_kills_itself
    events = recorded("\nline = gets; Process.kill(:KILL, $$)\n", stdin: "friend\n",
                      ending: "signal 9")
    assert_includes events, 'event 3 "" "friend\n"'
  end

  def test_input_that_an_exception_comes_behind
    skip "Ruby 2.7 tells of frames of C in other ways" if RUBY_VERSION < "3.0"
    events = recorded(<<~'RUBY', stdin: "friend\nfriend\n")
      def read
        password = Integer(gets.chomp)
      rescue ArgumentError
        1
      end
      read
      Thread.new { token = gets }.join
    RUBY
    assert_equal 2, events.scan('event 3 "" "******\n"').size
  end

  private

  def check_kept_out(env: {})
    path = write_program("values.toml", FILTER_OF_ALL + PATTERNS.map { |selector, action|
      "[[scope.rules.value_patterns]]\nselector = \"#{selector}\"\naction = \"#{action}\"\n"
    }.join)
    events = recorded(KEPT_OUT, "--trace-filter", path, "--watch", "$dropped,$api_key,$from",
                      env: env)
    refute_match(/dug-up-\d|dug-up-ivar/, events)
    refute_match(/left_out|unseen|@gone|\$dropped/, events)
    assert_match(/copy = String:"(<redacted>|\*+) and more"/, events)
  end
end
