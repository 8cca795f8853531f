# frozen_string_literal: true

# A Rails application in one file answers 20 requests.
#
# The boot of some fifty gems, then routes, controllers, parameters and callbacks. It is a workload
# of workloads.rb.
require_relative "workload"
require "logger"
require "rails"
require "action_controller/railtie"
require "rack/mock"

class Shop < Rails::Application
  config.root = __dir__
  config.eager_load = false
  config.logger = Logger.new(IO::NULL)
  config.secret_key_base = "made up for a benchmark"
  config.hosts.clear
  routes.append do
    resources :orders, only: %i[index show create]
  end
end

class OrdersController < ActionController::API
  ORDERS = {}
  before_action(only: :show) { @order = ORDERS[params[:id].to_i] }

  def index
    render json: ORDERS.keys
  end

  def show
    @order ? render(plain: @order.inspect) : head(:not_found)
  end

  def create
    ORDERS[ORDERS.size + 1] = params.require(:order).permit(:item, :amount).to_h
    render plain: ORDERS.size.to_s, status: :created
  end
end

Shop.initialize!
request = Rack::MockRequest.new(Shop)
Workload.run do
  sizes = (1..10).map do |i|
    id = request.post("/orders", params: { order: { item: "thing #{i}", amount: i } }).body
    request.get("/orders/#{i == 7 ? 99 : id}").body.size
  end
  sizes.sum
end
