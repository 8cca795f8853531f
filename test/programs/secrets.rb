# Secrets on their way through a web application: environment, input, parameters, objects, nested
# hashes, logs, exceptions. None of them may be in the trace; test/recorder/redaction_test.rb looks.
# environment: DB_PASSWORD=golden-env-1 SESSION_SECRET=golden/env+2==
# stdin: golden-input-3
require "stringio"

module Masked
  def self.secret(name)
    "pl4nted-#{name}-#{name.sum}"
  end
end

class Request
  attr_reader :params, :headers

  def initialize(params, headers)
    @params = params
    @headers = headers
  end
end

Card = Struct.new(:card_number, :cvv, :holder)

class User
  def initialize(name, password:)
    @name = name
    @password = password
    @api_key = "#{password}-key"
    @settings = { theme: "dark", "otp_code" => "pl4nted-otp-55",
                  list: [{ refresh_token: "pl4nted-refresh-9" }] }
  end

  def password_matches?(given)
    given == @password
  end

  def token
    "#{@password}-token"
  end
end

class SessionsController
  def initialize(log)
    @log = log
  end

  def create(request)
    user = User.new("bob", password: request.params[:user][:password])
    @log.puts "Parameters: #{request.params[:user].map { |pair| pair.join("=") }.join("&")}"
    @log.puts "Authorization: #{request.headers["Authorization"]}"
    session = { user_id: 7, session_token: user.token }
    warn "password=#{request.params[:user]["password_confirmation"]}"
    wrong = request.params[:user][:password]
    raise ArgumentError, "wrong password: #{wrong}" unless user.password_matches?("x")
  rescue ArgumentError => error
    shown = error.message
    @log.puts shown
    session.size
  end
end

login = Masked.secret("login")
params = { user: { password: login, "password_confirmation" => login, name: "bob", age: 41 },
           authenticity_token: "pl4nted-csrf-31", page: 2 }
headers = { "Authorization" => "Bearer pl4nted-bearer-77",
            "Cookie" => "sid=pl4nted-cookie-1; theme=dark", "Accept" => "text/html" }
SessionsController.new($stdout).create(Request.new(params, headers))

password = $stdin.gets&.chomp
copy = password
database = "postgres://app:pl4nted-url-8@db/app"
connection = ENV["DB_PASSWORD"]
other = "secret is #{ENV["SESSION_SECRET"]}"
card = Card.new("4111 1111 1111 1111", "123", "B. Tester")
number = "4111" + "111111111111"
pem = ["-----BEGIN ", "PRIVATE KEY-----\npl4ntedpem0123\n-----END ", "PRIVATE KEY-----\n"].join
jwt = %w[eyJhbGciOiJIUzI1NiJ9 eyJwbDRudGVkIjoxfQ pl4nted_signature].join(".")
aws = "AKIA" + "PL4NTEDKEY123456".tr("4", "A")
puts "token: #{jwt}", "{\"api_key\" => \"pl4nted-api-2\"}", pem, aws
puts [copy, connection, other, number, database, card.holder].map(&:size).inspect

# Innocent look-alikes.
company = "pan-european"
passenger = "Ms Keyes"
compass = author = "north"
tokenizer = monkey = "m"
token_count = 3
password_length = 12
secretary = "Ann"
keyboard = "qwerty"
discard = { company: company, passport_office: "x", keyword: 1, "author" => author, spinner: 2 }
puts [passenger, compass, tokenizer, monkey, token_count, password_length, secretary, keyboard].size
puts discard.size
