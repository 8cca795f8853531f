# frozen_string_literal: true

# What a call is given under a secret's name is a secret from that call on.
#
# Each program through both recorders, which have to tell the same.
require_relative "secrets_case"

class GivenSecretsTest < SecretsCase
  parallelize_me!

  BINDINGS = { "CODETRACER_RUBY_FORCE_FALLBACK" => "1" }.freeze # where no frames can be read
  RESULTS_HIDDEN = "#{FILTER_OF_ALL}value_patterns = [ { selector = \"ret:glob:*\", " \
                   "action = \"redact\" } ]\n"

  SETTERS = <<~'RUBY'
    class User
      def password=(value)
        copy = value.dup
        @size = copy.size
      end
      define_method(:api_key=) { |given| @size = given.size }

      def []=(key, value, more = nil)
        @size = value.size
      end

      def age=(value)
        @age = value
      end
    end
    user = User.new
    user.password = "given" + "-1"
    user.api_key = "given" + "-2" if RUBY_VERSION >= "3.0" # before, it is a block's steps
    user[:token] = "given" + "-3"
    user["auth-token", "given" + "-4"] = "given" + "-5"
    user[:color] = "given" + "-ok"
    user.age = "given" + "-ok"
  RUBY

  def test_what_setters_are_given
    check_setters(recorded(SETTERS))
  end

  def test_what_setters_are_given_through_bindings
    program = SETTERS.gsub(/^.*api_key.*\n/, "") # a block's steps
    check_setters(recorded(program, env: BINDINGS))
  end

  GATHERED = <<~'RUBY'
    class Settings
      def []=(*given)
        @size = given.size
      end

      def token=(*values)
        @size = values.size
      end
    end
    class Lists
      def []=(key, *values)
        @size = values.size
      end
    end
    settings = Settings.new
    settings[:api_key] = "given" + "-1"
    settings.token = "given" + "-2"
    Lists.new["password", 1] = "given" + "-3"
    settings[:color] = "given" + "-ok"
    copies = (1..3).map { |i| "given-" + i.to_s }
  RUBY

  def test_what_setters_gather
    [{}, BINDINGS].each do |env|
      events = recorded(GATHERED, env: env)
      refute_match(/given-\d/, events)
      assert_match(/call Settings#\[\]=\(.*String:"given-ok"/, events)
    end
  end

  def test_operators_are_no_setters
    rules = write_program("results.toml", RESULTS_HIDDEN)
    operators = %w[== != <= >= === =~]
    events = recorded(<<~RUBY, "--trace-filter", rules)
      class Other
        #{operators.map { |name| "def #{name}(other) 1 end" }.join("\n  ")}
        def größe=(other)
          1
        end
      end
      #{operators.map.with_index(1) { |name, i| "Other.new #{name} 'open-#{i}'.dup" }.join("\n")}
      all = (1..6).map { |i| "open-\#{i}" }
      Other.new.größe = "given" + "-7"
      last = "given-" + 7.to_s
    RUBY
    assert_includes events, "all = Array[#{(1..6).map { |i| "String:\"open-#{i}\"" }.join(', ')}]"
    refute_includes events, "given-7"
  end

  def test_what_a_call_shows_beside_its_name
    [{}, BINDINGS].each do |env|
      events = recorded(<<~'RUBY', env: env)
        def keep(list, more)
          list.size
        end
        keep(["given" + "-1", { password: "given" + "-1" }], "given" + "-1")
      RUBY
      refute_includes events, "given-1"
      assert_includes events, 'list=Array[String:"*******", '
    end
  end

  private

  def check_setters(events)
    refute_match(/given-\d/, events)
    assert_equal 2, events.scan(/call User#\S+=\(.*value=String:"given-ok"/).size
  end
end
