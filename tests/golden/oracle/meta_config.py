#!/usr/bin/env python3
"""Checkpoints that carry their configuration as text, as MMDetection 2.x and 3.x write them, and what the reference detects.

    meta_config.py --golden DIR    writes DIR/meta_config, from the picture DIR/trajectory/image_1.png

Every value that inference uses differs from the defaults. The weights are hash_fill(SALT), rounded to half precision. The
salt was chosen so that 1e-6 relative noise on them turns no decision, and that each value matters to the detections.
"""
import argparse
import functools
import json
from pathlib import Path

import cv2
import numpy as np
import torch

import paa_oracle as paa

SALT = "meta_config-3"
CLASSES = ("kiwi", "plum", "fig")
SCALE, DIVISOR, ANCHOR = (256, 160), 64, 6
MEAN, STD = (90.5, 110.25, 130.0), (40.0, 50.5, 61.0)       # of blue, green, red: the pixels are not turned
NMS_PRE, IOU = 6, 0.45
# Only one of these two can matter, so it is one in each file: the lowest score and the number of detections.
LIMITS = dict(old=(0.11, 12), new=(0.12, 60))
PICTURE = "trajectory/image_1.png"

MODEL = """    backbone=dict(
        type='ResNet',
        depth=18,
        base_channels=2,
        num_stages=4,
        out_indices=(0, 1, 2, 3),
        frozen_stages=1,
        norm_cfg=dict(type='BN', requires_grad=True),
        norm_eval=True,
        style='pytorch'%(init)s),
    neck=dict(
        type='FPN',
        in_channels=[2, 4, 8, 16],
        out_channels=32,
        start_level=1,
        add_extra_convs='on_output',
        num_outs=5),
    bbox_head=dict(
        type='PAAHead',
        reg_decoded_bbox=True,
        score_voting=False,
        topk=9,
        num_classes=3,
        in_channels=32,
        stacked_convs=1,
        feat_channels=32,
        anchor_generator=dict(
            type='AnchorGenerator',
            ratios=[1.0],
            octave_base_scale=6,
            scales_per_octave=1,
            strides=[8, 16, 32, 64, 128]),
        bbox_coder=dict(
            type='DeltaXYWHBBoxCoder',
            target_means=[0.0, 0.0, 0.0, 0.0],
            target_stds=[0.1, 0.1, 0.2, 0.2]),
        loss_cls=dict(
            type='FocalLoss',
            use_sigmoid=True,
            gamma=2.0,
            alpha=0.25,
            loss_weight=1.0),
        loss_bbox=dict(type='GIoULoss', loss_weight=1.3),
        loss_centerness=dict(
            type='CrossEntropyLoss', use_sigmoid=True, loss_weight=0.5)),
    train_cfg=dict(
        assigner=dict(
            type='MaxIoUAssigner',
            pos_iou_thr=0.1,
            neg_iou_thr=0.1,
            min_pos_iou=0,
            ignore_iof_thr=-1),
        allowed_border=-1,
        pos_weight=-1,
        debug=False),
    test_cfg=dict(
        nms_pre=6,
        min_bbox_size=0,
        score_thr=%(score)s,
        nms=dict(type='nms', iou_threshold=0.45),
        max_per_img=%(most)s))
"""

OLD = """model = dict(
    type='PAA',
    pretrained='torchvision://resnet18',
""" + MODEL % dict(init="", score=LIMITS["old"][0], most=LIMITS["old"][1]) + """dataset_type = 'FruitDataset'
data_root = 'data/fruit/'
img_norm_cfg = dict(
    mean=[90.5, 110.25, 130.0], std=[40.0, 50.5, 61.0], to_rgb=False)
data = dict(
    samples_per_gpu=4,
    workers_per_gpu=4,
    val=dict(
        type='CocoDataset',
        ann_file='data/fruit/val.json',
        img_prefix='data/fruit/val/',
        classes=('kiwi', 'plum', 'fig')),
    test=dict(
        type='CocoDataset',
        ann_file='data/fruit/test.json',
        img_prefix='data/fruit/test/',
        classes=('kiwi', 'plum', 'fig'),
        pipeline=[
            dict(type='LoadImageFromFile'),
            dict(
                type='MultiScaleFlipAug',
                img_scale=(256, 160),
                flip=False,
                transforms=[
                    dict(type='Resize', keep_ratio=True),
                    dict(type='RandomFlip'),
                    dict(
                        type='Normalize',
                        mean=[90.5, 110.25, 130.0],
                        std=[40.0, 50.5, 61.0],
                        to_rgb=False),
                    dict(type='Pad', size_divisor=64),
                    dict(type='ImageToTensor', keys=['img']),
                    dict(type='Collect', keys=['img'])
                ])
        ]))
evaluation = dict(interval=1, metric='bbox')
optimizer = dict(type='SGD', lr=0.01, momentum=0.9, weight_decay=0.0001)
optimizer_config = dict(grad_clip=None)
lr_config = dict(
    policy='step',
    warmup='linear',
    warmup_iters=500,
    warmup_ratio=0.001,
    step=[8, 11])
runner = dict(type='EpochBasedRunner', max_epochs=12)
checkpoint_config = dict(interval=1)
log_config = dict(
    interval=50,
    hooks=[dict(type='TextLoggerHook'),
           dict(type='TensorboardLoggerHook')])
dist_params = dict(backend='nccl')
log_level = 'INFO'
load_from = None
resume_from = None
workflow = [('train', 1)]
work_dir = './work_dirs/fruit'
gpu_ids = range(0, 1)
"""

NEW = """auto_scale_lr = dict(base_batch_size=16, enable=False)
backend_args = None
data_root = 'data/fruit/'
dataset_type = 'CocoDataset'
default_scope = 'mmdet'
launcher = 'none'
load_from = None
metainfo = dict(
    classes=(
        'kiwi',
        'plum',
        'fig',
    ))
model = dict(
    data_preprocessor=dict(
        bgr_to_rgb=False,
        mean=[
            90.5,
            110.25,
            130.0,
        ],
        pad_size_divisor=64,
        std=[
            40.0,
            50.5,
            61.0,
        ],
        type='DetDataPreprocessor'),
    type='PAA',
""" + MODEL % dict(score=LIMITS["new"][0], most=LIMITS["new"][1], init=""",
        init_cfg=dict(type='Pretrained', checkpoint='torchvision://resnet18')""") + """resume = False
test_cfg = dict(type='TestLoop')
test_dataloader = dict(
    batch_size=1,
    dataset=dict(
        ann_file='test.json',
        backend_args=None,
        data_prefix=dict(img='test/'),
        data_root='data/fruit/',
        metainfo=dict(classes=(
            'kiwi',
            'plum',
            'fig',
        )),
        pipeline=[
            dict(backend_args=None, type='LoadImageFromFile'),
            dict(keep_ratio=True, scale=(
                256,
                160,
            ), type='Resize'),
            dict(type='LoadAnnotations', with_bbox=True),
            dict(
                meta_keys=(
                    'img_id',
                    'img_path',
                    'ori_shape',
                    'img_shape',
                    'scale_factor',
                ),
                type='PackDetInputs'),
        ],
        test_mode=True,
        type='CocoDataset'),
    drop_last=False,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(shuffle=False, type='DefaultSampler'))
test_evaluator = dict(
    ann_file='data/fruit/test.json',
    backend_args=None,
    format_only=False,
    metric='bbox',
    type='CocoMetric')
vis_backends = [
    dict(type='LocalVisBackend'),
]
work_dir = './work_dirs/fruit'
"""


def build(noise=0.0):
    """The network; weights are multiples of half precision unless noise is added."""
    model = paa.PAA(18, len(CLASSES), base=2, neck=32, head=32)
    for tower in ("cls_convs", "reg_convs"):
        setattr(model.bbox_head, tower, getattr(model.bbox_head, tower)[:1])
    paa.hash_fill(model, SALT)
    model.eval()
    generator = torch.Generator().manual_seed(1)
    for value in model.state_dict().values():
        if value.is_floating_point():
            value.copy_(value.half().float() * (1 + noise * torch.randn(value.shape, generator=generator)))
    return model


def detect(model, bgr, limits, default=None):
    """What the reference finds; `default` names a value that is left as it is published."""
    pick = lambda name, own, published: published if name == default else own
    paa.IMAGE_MEAN = pick("mean", MEAN, (123.675, 116.28, 103.53))
    paa.IMAGE_STD = pick("std", STD, (58.395, 57.12, 57.375))
    anchors = functools.partial(original_anchors, scale=pick("anchor", ANCHOR, 8))
    paa.grid_anchors = anchors
    # prepare_image turns the channels; turned before, they stay as decoded.
    pixels = pick("to_rgb", bgr[..., ::-1], bgr)
    ready = paa.prepare_image(pixels, pick("scale", SCALE, (1333, 800)), pick("divisor", DIVISOR, 32))
    dets, labels = model.detect(
        torch.from_numpy(ready["tensor"])[None], [ready], voting=pick("voting", False, True),
        nms_pre=pick("nms_pre", NMS_PRE, 1000), score_thr=pick("score", limits[0], 0.05),
        iou_thr=pick("iou", IOU, 0.6), max_num=pick("most", limits[1], 100))[0]
    order = np.lexsort((-dets[:, 4].numpy(), labels.numpy()))
    return dets.numpy()[order], labels.numpy()[order]


original_anchors = paa.grid_anchors


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--golden", required=True, type=Path)
    golden = parser.parse_args().golden
    torch.set_num_threads(1)
    bgr = cv2.imread(str(golden / PICTURE))
    files = []
    for name, limits in LIMITS.items():
        dets, labels = detect(build(), bgr, limits)
        noisy, noisy_labels = detect(build(1e-6), bgr, limits)
        assert len(set(labels)) == len(CLASSES)
        assert np.array_equal(labels, noisy_labels) and np.abs(dets - noisy).max() < 1e-2, "a decision is not steady"
        for value in ("mean", "std", "to_rgb", "anchor", "scale", "divisor", "voting", "nms_pre", "score", "iou", "most"):
            other, other_labels = detect(build(), bgr, limits, default=value)
            same = np.array_equal(labels, other_labels) and np.abs(dets - other).max() < 0.1
            assert same == (value == dict(old="score", new="most")[name]), (name, value)
        files.append(dict(file=dict(old="old.legacy.pth", new="new.zip.pth")[name], labels=labels.tolist(),
                          detections=[[round(float(v), 6) for v in det] for det in dets]))

    out = golden / "meta_config"
    out.mkdir(exist_ok=True)
    old = paa.checkpoint_dict(build(), CLASSES, epoch=12, iteration=1200, config=OLD)
    for key, value in old["state_dict"].items():
        if value.is_floating_point():
            old["state_dict"][key] = value.half()
    torch.save(old, out / "old.legacy.pth", _use_new_zipfile_serialization=False)
    new = dict(meta=dict(cfg=NEW, epoch=12, iter=1200, dataset_meta=dict(classes=CLASSES, palette=[(1, 2, 3)] * 3),
                         experiment_name="fruit_20240101_000000", mmengine_version="0.10.3", seed=1, time="20240101_010000"),
               state_dict=old["state_dict"], message_hub=dict(log_scalars={}, runtime_info={}))
    torch.save(new, out / "new.zip.pth")
    report = dict(picture=PICTURE, classes=CLASSES, files=files)
    (out / "meta_config.json").write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
