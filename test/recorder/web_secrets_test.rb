# frozen_string_literal: true

# Secrets on their way through a program as web applications are written: none is in the trace, and
# what only looks like one is.
#
# They come by environment, standard input and files, so that none stands in the program's text.
# Each with both recorders, which have to tell the same.
require "json"
require_relative "planted_secrets"
require_relative "recorder_case"

class WebSecretsTest < RecorderCase
  include PlantedSecrets

  parallelize_me!

  APPLICATION = <<~'RUBY'
    require "json"
    require "logger"
    require "stringio"

    Card = Struct.new(:holder, :card_number, :cvv)

    class Params
      def initialize(hash)
        @hash = hash
      end

      def [](key)
        @hash[key]
      end

      def fetch(key)
        @hash.fetch(key)
      end
    end

    class User
      attr_reader :name

      def initialize(name, given)
        @name = name
        self.password = given
      end

      def password=(value)
        @password_digest = value.sum.to_s
        @password = value
      end

      def authenticate(candidate)
        raise ArgumentError, "#{candidate} is not what #{name} has" unless candidate == @password

        self
      end
    end

    class SessionsController
      def initialize(params, log)
        @params = params
        @log = log
      end

      def create
        @log.info("Parameters: #{@params.inspect}")
        user = User.new(@params[:user][:name], @params[:user][:password])
        user.authenticate(@params[:user][:password])
        session = { user: user.name, session_token: @params[:session_token] }
        charge(@params[:payment][:card])
        session
      rescue KeyError => e
        @log.error(e.message)
      end

      def charge(card)
        body = JSON.generate("number" => card.card_number, "cvv" => card.cvv, "name" => card.holder)
        @log.warn("charging #{card.card_number} for #{card.holder}")
        body.size
      end

      def fail
        User.new("eve", @params[:user][:password]).authenticate("wrong")
      rescue ArgumentError => e
        @log.error("#{e.class}: #{e.message}")
      end

      def leak
        key = @params.dig(:deep, :list, 0, :api_key)
      raise KeyError, "no user for #{@params[:user][:password]} and #{key}"
      end
    end

    config = JSON.parse(File.read(ARGV[0]))
    print "Password: "
    typed = $stdin.gets.chomp
    token = $stdin.gets.chomp
    card = Card.new("Ann Other", config["card_number"], "737")
    params = { user: { name: "ann", password: typed }, session_token: token,
               payment: { card: card }, deep: { list: [{ api_key: config["api_key"] }] },
               "headers" => { "Authorization" => "Bearer #{ENV["SERVICE_TOKEN"]}",
                              "Cookie" => config["cookie"] } }
    log = Logger.new($stdout)
    controller = SessionsController.new(params, log)
    controller.create
    controller.fail
    begin
      controller.leak
    rescue KeyError => e
      warn e.message
      message = e.full_message(highlight: false)
    end
    copy = params.to_a.flatten.map(&:to_s)
    joined = copy.join("&")
    url = "https://svc:#{ENV["DB_PASSWORD"]}@db.example/x?key=#{config["api_key"]}"
    puts url
    big = (ENV["DB_PASSWORD"] + " ") * 3000
    puts big
    client = { "client_secret" => config["client_secret"] }
    puts client.inspect, JSON.generate(client)
    other = config["client_secret"].dup << "!"
    sym = "x_#{config["client_secret"]}".to_sym
    passphrase = File.readlines(ARGV[1], chomp: true).first
    pem = File.readlines(ARGV[1], chomp: true).drop(1).join("\n")
    log.info("#{passphrase} #{pem}")
    def reach(address)
      address.size
    end
    3.times { |i| eval("reach('#{i}#{ENV["SERVICE_TOKEN"]}') +\n reach(%q(#{config["api_key"]}))") }
    puts passphrase.size, pem.size, joined.size, message.size, other.size, sym.size
  RUBY

  CONFIG = { "card_number" => "4111 1111 1111 1111", "api_key" => "Zk-9api-77x",
             "cookie" => "sid=Zk-9cookie-31; theme=dark",
             "client_secret" => "Zk-9client/41+=" }.freeze
  KEY = "Zk9pemZk9pemZk9pem"
  FILE = "Zk-9phrase 12 words\n-----BEGIN RSA PRIVATE KEY-----\n#{KEY}\n" \
         "-----END RSA PRIVATE KEY-----\n"
  ENVIRONMENT = { "SERVICE_TOKEN" => "Zk-9svc-5", "DB_PASSWORD" => "Zk-9db-6" }.freeze
  INPUT = "Zk-9typed-1\nZk-9token-2\n"
  SECRETS = [*CONFIG.values, *ENVIRONMENT.values, *INPUT.split, KEY, "Zk-9cookie-31",
             "Zk-9phrase 12 words"].freeze

  # Names of the issue's kind: each has the letters of a secret's name, and is none.
  INNOCENT = %w[
    company passenger compass author authors tokenizer monkey token_count password_length secretary
    keyboard discard keyword spinner passport_office tokens_size pass_through_count panel span
    japan expand passive bypass encompass surpass cardinal cardigan cardboard discarded
    cookies_enabled authority authorship secrete keys keyed turkey hockey donkey pinned opinion
    shipping credited accredited sessions userid passed assassin
  ].freeze

  [%w[native aug26], %w[native json], %w[pure json]].each do |recorder, profile|
    define_method("test_nothing_in_a_trace_of_#{recorder}_as_#{profile}") do
      run = record("--recorder", recorder, "--profile", profile, *application, env: ENVIRONMENT,
                   stdin: INPUT)
      assert_equal "exit 0", run.ending, run.to_s
      assert_empty find_secrets(in_folder("trace"), SECRETS)
      assert_includes checked_events, "holder: String:\"Ann Other\""
      frames = Dir[in_folder("trace/*.ct")]
      assert_includes Command.run("python3", FRAMES, *frames).out, "Ann Other" unless frames.empty?
    end
  end

  def test_nothing_in_the_spool
    text = spool_after(*application, stdin: INPUT, env: ENVIRONMENT)
    assert_includes text, "Ann Other"
    assert_empty in_forms(SECRETS, text)
  end

  # What a flight recorder lets go of and writes is the same.
  def test_nothing_in_a_dump
    run = record("--flight-recorder", "1MiB", *application, env: ENVIRONMENT, stdin: INPUT)
    assert_equal "exit 0", run.ending, run.to_s
    File.write(in_folder("program.rb"), "#{APPLICATION}abort\n")
    run = record("--flight-recorder", "1MiB", *application(nil), env: ENVIRONMENT, stdin: INPUT)
    assert_equal "exit 1", run.ending, run.to_s
    assert_includes checked_events, "Ann Other"
    assert_empty find_secrets(in_folder("trace"), SECRETS)
  end

  def test_look_alikes_are_untouched
    assert_operator INNOCENT.size, :>=, 40
    path = write_program("names.rb", <<~RUBY)
      class Holder
        def initialize
          #{INNOCENT.map { |name| "@#{name} = \"ivar of #{name} 1\"" }.join("\n    ")}
        end
      end
      #{INNOCENT.map { |name| "#{name} = \"value of #{name} 2\"" }.join("\n")}
      hash = { #{INNOCENT.map { |name| "\"#{name}\" => \"entry of #{name} 3\"" }.join(', ')} }
      holder = Holder.new
      #{INNOCENT.map { |name| "puts \"#{name}=printed-4, #{name}: printed-5\"" }.join("\n")}
    RUBY
    %w[native pure].each do |recorder|
      run = record("--recorder", recorder, "--max-value", "items=100,nodes=1000", path)
      assert_match(/\A[^,]*, [^,]*, [^,]*, (?!.*redacted)/, run.err)
      events = checked_events
      refute_match(/[Rr]edacted|\*\*/, events)
      INNOCENT.each do |name|
        ["ivar of #{name} 1", "value of #{name} 2", "entry of #{name} 3", "#{name}=printed-4",
         "#{name}: printed-5"].each { |shown| assert_includes events, shown }
      end
    end
  end

  private

  # The program's path and its arguments.
  def application(text = APPLICATION)
    write_program("program.rb", text) if text
    [in_folder("program.rb"), write_program("config.json", JSON.generate(CONFIG)),
     write_program("lines.txt", FILE)]
  end
end
