# frozen_string_literal: true

# A sinatra application answers 100 requests.
#
# rack, throw and catch, instance_exec; no socket. It is a workload of workloads.rb.
require_relative "workload"
require "sinatra/base"
require "rack/mock"

class Shop < Sinatra::Base
  set :environment, :production
  set :orders, {}

  before { content_type "text/plain" }

  get("/orders/:id") { |id| settings.orders.fetch(id) { halt 404, "no order #{id}" }.to_s }

  post "/orders" do
    id = (settings.orders.size + 1).to_s
    settings.orders[id] = { item: params["item"], amount: params["amount"].to_i }
    status 201
    id
  end
end

request = Rack::MockRequest.new(Shop)
Workload.run do
  sizes = (1..50).map do |i|
    id = request.post("/orders", params: { "item" => "thing #{i}", "amount" => i.to_s }).body
    request.get("/orders/#{i % 7 == 0 ? 'none' : id}").body.size
  end
  sizes.sum
end
