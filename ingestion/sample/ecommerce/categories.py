"""Product categories of the sample, by Portuguese name; invented, not the published ones."""

from __future__ import annotations

from typing import NamedTuple


class Category(NamedTuple):
    """A category: its share of products, and the middle of their prices, in Brazilian reais, and weights."""

    name: str
    english: str | None
    weight: float
    price: int
    grams: int


CATEGORIES = (
    Category("beleza_e_cuidados", "beauty_and_care", 9, 95, 500),
    Category("cama_e_banho", "bed_and_bath", 9, 85, 1800),
    Category("roupas_esportivas", "sportswear", 6, 80, 400),
    Category("perifericos", "computer_peripherals", 6, 75, 600),
    Category("decoracao", "home_decor", 6, 70, 1500),
    Category("utensilios_de_cozinha", "kitchenware", 5, 65, 1400),
    Category("relogios", "watches", 5, 150, 300),
    Category("capas_de_celular", "phone_cases", 4, 30, 150),
    Category("jardinagem", "gardening", 4, 90, 2200),
    Category("pecas_automotivas", "car_parts", 4, 110, 1900),
    Category("brinquedos_educativos", "educational_toys", 4, 85, 900),
    Category("academia_e_fitness", "gym_and_fitness", 3, 110, 2500),
    Category("cosmeticos_naturais", "natural_cosmetics", 3, 70, 350),
    Category("perfumes_importados", "imported_perfumes", 3, 140, 400),
    Category("papelaria_e_escritorio", "office_stationery", 2.5, 55, 700),
    Category("celulares", "mobile_phones", 2, 420, 400),
    Category("fones_de_ouvido", "headphones", 2, 90, 250),
    Category("caes_e_gatos", "dogs_and_cats", 2, 80, 2600),
    Category("carrinhos_de_bebe", "prams", 1.5, 260, 7000),
    Category("fraldas", "nappies", 1, 60, 1500),
    Category("moveis_de_sala", "living_room_furniture", 1.5, 220, 12000),
    Category("moveis_de_quarto", "bedroom_furniture", 1, 240, 14000),
    Category("moveis_de_jardim", "garden_furniture", 0.8, 190, 9000),
    Category("moveis_de_bebe", "nursery_furniture", 0.6, 230, 9500),
    Category("colchoes", "mattresses", 0.5, 380, 15000),
    Category("cadeiras_de_escritorio", "office_chairs", 1.5, 250, 11000),
    Category("cortinas_e_tapetes", "curtains_and_rugs", 1.2, 95, 2400),
    Category("iluminacao", "lighting", 1.2, 75, 1100),
    Category("eletroportateis_de_cozinha", "small_kitchen_appliances", 1.5, 160, 2800),
    Category("eletrodomesticos_grandes", "large_appliances", 0.5, 780, 22000),
    Category("ar_condicionado_e_ventilacao", "air_conditioning_and_fans", 0.6, 210, 5200),
    Category("ferramentas_manuais", "hand_tools", 1.2, 65, 1300),
    Category("ferramentas_eletricas", "power_tools", 1, 190, 3100),
    Category("material_de_construcao", "building_materials", 0.8, 120, 4200),
    Category("tintas", "paints", 0.4, 85, 3800),
    Category("pneus", "tyres", 0.4, 310, 9000),
    Category("motos", "motorcycle_accessories", 0.7, 95, 1200),
    Category("bicicletas", "bicycles", 0.5, 560, 16000),
    Category("camping_e_pesca", "camping_and_fishing", 0.8, 105, 2100),
    Category("futebol", "football", 0.8, 75, 600),
    Category("jogos_de_tabuleiro", "board_games", 0.8, 90, 900),
    Category("bonecas", "dolls", 0.7, 70, 500),
    Category("games_e_consoles", "games_and_consoles", 1.2, 160, 700),
    Category("notebooks", "laptops", 0.2, 1400, 3000),
    Category("informatica", "computing", 1.2, 210, 1500),
    Category("televisores", "televisions", 0.4, 1350, 13000),
    Category("cameras", "cameras", 0.5, 480, 900),
    Category("drones", "drones", 0.2, 640, 1100),
    Category("joias", "jewellery", 0.6, 170, 150),
    Category("oculos", "eyewear", 0.6, 110, 200),
    Category("bolsas", "handbags", 1.2, 95, 700),
    Category("mochilas", "backpacks", 1, 105, 900),
    Category("calcados_femininos", "womens_shoes", 0.8, 100, 800),
    Category("calcados_masculinos", "mens_shoes", 0.7, 120, 950),
    Category("roupas_femininas", "womens_clothing", 0.7, 70, 400),
    Category("roupas_masculinas", "mens_clothing", 0.6, 75, 450),
    Category("roupas_infantis", "childrens_clothing", 0.5, 55, 300),
    Category("moda_praia", "beachwear", 0.4, 65, 250),
    Category("cabelos", "hair_care", 1.2, 60, 450),
    Category("suplementos", "food_supplements", 0.7, 95, 1000),
    Category("cafe_e_cha", "coffee_and_tea", 0.5, 45, 700),
    Category("vinhos", "wines", 0.4, 85, 1600),
    Category("livros_infantis", "childrens_books", 0.6, 40, 500),
    Category("livros_escolares", "school_books", 0.5, 75, 800),
    Category("romances", "novels", 0.5, 42, 450),
    Category("instrumentos_de_corda", "string_instruments", 0.5, 320, 3500),
    Category("discos_de_vinil", "vinyl_records", 0.2, 120, 500),
    Category("aquarios", "aquariums", 0.2, 180, 6000),
    Category("enfeites_de_natal", "christmas_decorations", 0.3, 60, 900),
    Category("seguranca_residencial", "home_security", 0.5, 150, 1200),
    # Three that nobody has translated yet.
    Category("impressoras_3d", None, 0.2, 1150, 8500),
    Category("robos_aspiradores", None, 0.3, 620, 3600),
    Category("energia_solar", None, 0.2, 540, 7500),
)
